/** What happens to accounts and sessions, for the audit log. Never holds a password, a token or a username as typed. */
import type { Role } from '../../shared-schemas/roles.ts';

/** As `sessionMark` makes it; never the id of a session. */
type SessionMark = string;

export type AuthEvent =
  | {
      readonly kind: 'login';
      readonly userId: string;
      readonly session: SessionMark;
      readonly deviceId: string;
      readonly clinicId?: string;
    }
  /** A wrong password, or an account that does not exist (then without a user id) or is disabled. */
  | ({ readonly kind: 'login_refused'; readonly userId?: string } & Repeated)
  | { readonly kind: 'logout'; readonly userId: string; readonly session: SessionMark }
  | { readonly kind: 'password_changed'; readonly userId: string }
  | ({ readonly kind: 'password_change_refused'; readonly userId: string } & Repeated)
  /** Through an invitation. */
  | { readonly kind: 'password_set'; readonly userId: string }
  /** A link that is not, or no longer, good for a password; without a user id where its account does not exist. */
  | ({ readonly kind: 'invitation_refused'; readonly userId?: string } & Repeated)
  | {
      /** `account_invited`: a link was made. `password_reset`: the same, and the password that there was is void. */
      readonly kind:
        | 'account_created'
        | 'account_disabled'
        | 'account_enabled'
        | 'account_invited'
        | 'password_reset'
        /** A code was made, by which one device may be enrolled. */
        | 'enrolment_allowed'
        /** All of them. */
        | 'sessions_ended';
      readonly userId: string;
      /** User id of the administrator. */
      readonly by: string;
    }
  | {
      readonly kind: 'account_changed';
      readonly userId: string;
      /** User id of the administrator. */
      readonly by: string;
      readonly changes: AccountChanges;
    }
  /** By a server at its start: nobody else could have logged in as an administrator. */
  | { readonly kind: 'administrator_restored'; readonly userId: string }
  /** Ended by their owner from another session. */
  | { readonly kind: 'own_sessions_ended'; readonly userId: string; readonly sessions: readonly SessionMark[] };

/** What may happen often: at most two entries a minute for one account on each server. */
interface Repeated {
  /** How many followed within a minute upon one that has an entry of its own; absent in that one. */
  readonly times?: number;
}

/** What was changed. A name is not repeated. */
export interface AccountChanges {
  readonly role?: FromTo<Role>;
  readonly clinicIds?: FromTo<readonly string[]>;
  readonly patientId?: FromTo<string | null>;
  readonly name?: true;
}

interface FromTo<T> {
  readonly from: T;
  readonly to: T;
}

/** Awaited before the request is answered; where it fails, so does the request. */
export type RecordAuthEvent = (event: AuthEvent) => Promise<void>;
