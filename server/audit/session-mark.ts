/** What the audit log says of a session, in place of its id: whoever has the id can end the session. */
import { createHash } from 'node:crypto';

const LENGTH = 16;

/**
 * The same for every entry of a session. A plain hash is enough, as 80 bits of the id are random. It is not the one that the owner's
 * list of sessions shows, by which the owner ends one.
 */
export const sessionMark = (sessionId: string): string =>
  createHash('sha256').update(`audit ${sessionId}`).digest('base64url').slice(0, LENGTH);

type Body = Readonly<Record<string, unknown>>;

/** An entry as it is shown: those of earlier releases hold the ids themselves. */
export function withMarks({ sessionId, sessionIds, ...entry }: Body): Body {
  return {
    ...entry,
    ...(typeof sessionId === 'string' && { session: sessionMark(sessionId) }),
    ...(Array.isArray(sessionIds) && { sessions: sessionIds.map((id) => sessionMark(String(id))) }),
  };
}
