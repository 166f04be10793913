/** Validation of what a client sent. */
import type { Request } from 'express';
import type { z } from 'zod';
import { HttpError } from './errors.ts';

export interface Fault {
  /** Dotted path of the field, empty for the whole input. */
  readonly path: string;
  readonly message: string;
}

export const invalidInput = (faults: readonly Fault[]): HttpError =>
  new HttpError('invalid_input', { extra: { faults } });

/**
 * @throws HttpError `invalid_input` that lists all faults.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalidInput(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
}

/**
 * The JSON body of a request.
 * @throws HttpError `unsupported_media_type` where there is none, else as parseInput.
 */
export function parseBody<T>(schema: z.ZodType<T>, req: Request): T {
  const body: unknown = req.body;
  if (body === undefined) throw new HttpError('unsupported_media_type');
  return parseInput(schema, body);
}
