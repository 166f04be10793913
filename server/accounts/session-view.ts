/** A session as its owner and administrators see it. */
import { publicSessionId } from './refresh-tokens.ts';
import type { Session } from './session.ts';

/** `currentSessionId`: the session that asks. */
export const describeSession = (session: Session, currentSessionId: string) => ({
  id: publicSessionId(session.sessionId),
  deviceId: session.deviceId,
  ...(session.deviceName !== undefined && { deviceName: session.deviceName }),
  ...(session.clinicId !== undefined && { clinicId: session.clinicId }),
  createdAt: session.createdAt,
  refreshedAt: session.refreshedAt ?? session.createdAt,
  expiresAt: session.expiresAt,
  current: session.sessionId === currentSessionId,
});
