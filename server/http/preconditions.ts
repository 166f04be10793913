/** Which revision a change is made on: the one that the client read, as If-Match or as `_rev`. */
import type { Request } from 'express';
import { HttpError } from './errors.ts';
import { tagsOf } from './mount-routes.ts';
import { invalidInput } from './parse-input.ts';

export interface Expected {
  /** Tags of If-Match; `*` stands for any revision. */
  readonly ifMatch?: readonly string[];
  /** The `_rev` of the body. */
  readonly rev?: unknown;
}

export function expectedOf(req: Request, rev?: unknown): Expected {
  const header = req.get('if-match');
  return { ...(header !== undefined && { ifMatch: tagsOf(header) }), ...(rev !== undefined && { rev }) };
}

/** Whether the client said which revision it changes: then another one in between is its business. */
export const isConditional = ({ ifMatch, rev }: Expected): boolean => ifMatch !== undefined || rev !== undefined;

/**
 * @throws HttpError `precondition_failed` by If-Match, `conflict` by `_rev`, where the stored revision is another.
 */
export function checkExpected(storedRev: string, { ifMatch, rev }: Expected): void {
  if (ifMatch && !ifMatch.includes('*') && !ifMatch.includes(storedRev)) throw new HttpError('precondition_failed');
  if (rev !== undefined && rev !== storedRev) throw new HttpError('conflict');
}

/** What a client is told whose revision was the stored one when it was read, and is not when it is to be changed. */
export const changedMeanwhile = ({ ifMatch }: Expected): HttpError =>
  new HttpError(ifMatch && !ifMatch.includes('*') ? 'precondition_failed' : 'conflict');

/**
 * A whole document put on top of an unknown revision would undo what the client has not seen.
 * @throws HttpError `invalid_input`
 */
export function requireExpected(expected: Expected): void {
  if (!isConditional(expected))
    throw invalidInput([{ path: '_rev', message: 'is required, here or as If-Match: the revision that you read' }]);
}
