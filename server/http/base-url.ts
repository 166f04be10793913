/** The address that a client reached this server at, as far as the request tells. */
import type { Request } from 'express';

export const baseUrlOf = (req: Request): string => `${req.protocol}://${req.host || 'localhost'}`;
