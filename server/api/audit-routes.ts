/** The audit log, for administrators. */
import { z } from 'zod';
import type { AuditLog } from '../audit/audit-log.ts';
import { type ApiRoute, route } from '../http/api-route.ts';
import type { Cursors } from './cursor.ts';
import { cursorScope, describedPage, pageFields } from './list-input.ts';

export interface AuditRoutesOptions {
  readonly audit: Pick<AuditLog, 'list'>;
  readonly cursors: Cursors;
}
