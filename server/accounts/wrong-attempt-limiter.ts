/** Slows down guessing of passwords and invitations. */
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { HttpError } from '../http/errors.ts';

const WINDOW_MS = 60_000;

/** Marks a request as a wrong password or invitation: only these count. */
export function countWrongAttempt(res: Response): void {
  res.locals.wrongAttempt = true;
}

/**
 * Refuses further attempts from one address for one username (or whatever `subjectOf` tells apart) once so many failed within
 * a minute. Counts are kept in memory: each server allows that many.
 * @throws HttpError `too_many_attempts` with Retry-After in seconds
 */
export const wrongAttemptLimiter = (attemptsPerMinute: number, subjectOf: (req: Request) => string): RequestHandler =>
  rateLimit({
    windowMs: WINDOW_MS,
    limit: attemptsPerMinute,
    keyGenerator: (req) => `${ipKeyGenerator(req.ip ?? '')} ${subjectOf(req)}`,
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_req, res) => res.locals.wrongAttempt !== true,
    // The counts would tell a stranger how often somebody else failed behind the same address.
    standardHeaders: false,
    legacyHeaders: false,
    // A proxy in front is the engineer's choice; the library would print to the console about it.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (req, _res, next) => next(tooManyAttempts(req)),
  });

function tooManyAttempts(req: Request): HttpError {
  const { rateLimit: limit } = req as { rateLimit?: { resetTime?: Date } };
  const waitMs = limit?.resetTime ? limit.resetTime.getTime() - Date.now() : WINDOW_MS;
  return new HttpError('too_many_attempts', {
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1_000))) },
  });
}
