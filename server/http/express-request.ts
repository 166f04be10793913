/** What authentication adds to Express's requests. */
import type { AuthenticatedPrincipal } from '../accounts/session.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by bearerAuth; read it with principalOf. */
    principal?: AuthenticatedPrincipal;
  }
}
