/** Reading JSON bodies: what no schema would catch, and what would harm whatever comes after. */
import { isUtf8 } from 'node:buffer';
import express, { type RequestHandler } from 'express';
import { HttpError } from './errors.ts';

/** Deeper than any document of ours by far; recursion over a body is safe below it. */
const MAX_DEPTH = 40;

/** An error of body-parser's `verify` would be given another status by body-parser. */
class EncodingError extends Error {
  readonly status = 400;
  readonly type = 'encoding.invalid';
}

/** Half of a character: JSON can spell it, UTF-8 can't, and CouchDB refuses to store it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export interface JsonBodyOptions {
  readonly limitBytes: number;
  readonly mediaTypes?: readonly string[];
  /** Whether the body must be an object or an array. */
  readonly strict?: boolean;
  /** Whether texts may hold what is no character, for routes that refuse documents one by one. */
  readonly anyText?: boolean;
  /** Whether values may be nested in any way, for routes that look at single texts of the body only. */
  readonly anyDepth?: boolean;
}

/**
 * Parses a JSON body into `req.body`; one of another media type leaves it undefined.
 * @throws HttpError `malformed_json`, `malformed_request`, `too_large`, `unsupported_media_type`
 */
export function jsonBody({
  limitBytes,
  mediaTypes = ['application/json'],
  strict = true,
  anyText = false,
  anyDepth = false,
}: JsonBodyOptions): RequestHandler[] {
  const parse = express.json({
    limit: limitBytes,
    strict,
    type: [...mediaTypes],
    verify: (_req, _res, bytes, charset) => {
      if (charset !== 'utf-8' || !isUtf8(bytes)) throw new EncodingError('not UTF-8');
    },
  });
  const check: RequestHandler = (req, _res, next) => {
    checkValue(req.body, anyText);
    next();
  };
  return anyDepth ? [parse] : [parse, check];
}

/** Not recursive: what it is there for would exhaust the stack. */
function checkValue(value: unknown, anyText: boolean): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH)
      throw new HttpError('malformed_request', { detail: `The body is nested deeper than ${MAX_DEPTH} levels.` });
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one === 'string' && !anyText && LONE_SURROGATE.test(one))
        throw new HttpError('malformed_request', { detail: 'A text of the body holds half of a surrogate pair.' });
      if (typeof one !== 'object' || one === null) continue;
      // JSON may carry it as a key of its own, and code that copies objects would take it for their prototype.
      if (Object.hasOwn(one, '__proto__'))
        throw new HttpError('malformed_request', { detail: 'A key of the body is __proto__.' });
      for (const inner of Object.values(one)) next.push(inner);
    }
    level = next;
  }
}
