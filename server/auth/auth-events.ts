/** What happens to accounts and sessions, for the audit log. Never holds a password, a token or a username as typed. */

export type AuthEvent =
  | {
      readonly kind: 'login';
      readonly userId: string;
      readonly sessionId: string;
      readonly deviceId: string;
      readonly clinicId?: string;
    }
  /** A wrong password, or an account that does not exist (then without a user id) or is disabled. */
  | { readonly kind: 'login_refused'; readonly userId?: string }
  | { readonly kind: 'logout'; readonly userId: string; readonly sessionId: string }
  | { readonly kind: 'password_changed'; readonly userId: string }
  | {
      readonly kind: 'account_created' | 'account_disabled' | 'account_enabled';
      readonly userId: string;
      /** User id of the administrator. */
      readonly by: string;
    };

/** Awaited before the request is answered; where it fails, so does the request. */
export type RecordAuthEvent = (event: AuthEvent) => Promise<void>;

export const recordNothing: RecordAuthEvent = () => Promise.resolve();
