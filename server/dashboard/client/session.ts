/** Who uses this page. */
import { signal } from '@preact/signals';
import type { DashboardSession } from '../../admin/session/session-routes.ts';
import { ApiProblem, csrfToken, fetchJson, sessionLost } from './api.ts';

export type SessionState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'none' }
  /** The server could not tell. */
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'open'; readonly session: DashboardSession };

export const sessionState = signal<SessionState>({ kind: 'asking' });

const RETRY_MS = 3_000;

/** Asks whether a session is open; where the server cannot tell now, again until it can. */
export async function restoreSession(): Promise<void> {
  try {
    begin(await fetchJson<DashboardSession>('/api/admin/session'));
  } catch (error) {
    if (error instanceof ApiProblem && (error.status === 401 || error.status === 403)) {
      sessionState.value = { kind: 'none' };
      return;
    }
    sessionState.value = { kind: 'unknown', why: error instanceof Error ? error.message : String(error) };
    setTimeout(() => void restoreSession(), RETRY_MS);
  }
}

/** Throws an ApiProblem. */
export async function logIn(username: string, password: string): Promise<void> {
  begin(await fetchJson<DashboardSession>('/api/admin/session', { method: 'POST', body: { username, password } }));
}

export async function logOut(): Promise<void> {
  await fetchJson('/api/admin/session/end', { method: 'POST' }).catch((error: unknown) => {
    // Without a session there is nothing to end.
    if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
  });
  csrfToken.value = undefined;
  sessionState.value = { kind: 'none' };
}

function begin(session: DashboardSession): void {
  csrfToken.value = session.csrfToken;
  sessionLost.value = false;
  sessionState.value = { kind: 'open', session };
}
