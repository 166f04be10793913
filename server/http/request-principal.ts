/** Who a request comes from: set by whoever authenticates it, and read by the routes. */
import type { Request } from 'express';
import type { Principal } from '../../sync-rules/principal.ts';

/** A principal with the session that it came by. */
export interface AuthenticatedPrincipal extends Principal {
  readonly sessionId: string;
  readonly username: string;
  readonly deviceId: string;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by authentication; read it with principalOf. */
    principal?: AuthenticatedPrincipal;
  }
}

/** The principal of a request that was authenticated. */
export function principalOf(req: Request): AuthenticatedPrincipal {
  if (!req.principal) throw new Error(`${req.method} ${req.path} asks for a principal, but nothing authenticated it`);
  return req.principal;
}
