/** All routes of `/api` that are about documents, with what they are made of. */
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { RoleDatabases } from '../documents/projection/role-databases.ts';
import type { ReadBody } from '../documents/write/document-policy.ts';
import type { WritePath } from '../documents/write/write-path.ts';
import type { ApiRoute } from '../http/api-route.ts';
import type { Cursors } from '../http/cursor.ts';
import type { Database } from '../store/store.ts';
import { type AuditRoutesOptions, auditRoutes } from './audit-routes.ts';
import { actionRoutes } from './document-actions.ts';
import { DocumentReader } from './document-reader.ts';
import { DocumentWriter } from './document-writer.ts';
import { documentsRoutes } from './documents-routes.ts';
import { type ErasureRoutesOptions, erasureRoutes } from './erasure-routes.ts';
import { exportRoutes } from './export-routes.ts';
import type { ListIndexes } from './lists/list-index.ts';
import { patientRoutes } from './patient-routes.ts';
import { visitsRoutes } from './visits-routes.ts';

export interface ApiRoutesOptions extends AuditRoutesOptions, ErasureRoutesOptions {
  readonly audit: AuditLog;
  readonly primary: Database;
  readonly roleDatabases: RoleDatabases;
  readonly rules: SyncRules;
  readonly lists: ListIndexes;
  readonly writePath: WritePath;
  readonly readBody: ReadBody;
  readonly cursors: Cursors;
  readonly maxDocumentBytes: number;
  readonly nowMs: () => number;
}

export function apiRoutes(options: ApiRoutesOptions): ApiRoute[] {
  const reader = new DocumentReader(options);
  const writer = new DocumentWriter({ ...options, reader });
  const documents = { ...options, reader, writer, record: options.audit.record };
  return [
    ...documentsRoutes(documents),
    ...actionRoutes(documents),
    ...patientRoutes(documents),
    ...exportRoutes(documents),
    ...visitsRoutes(documents),
    ...erasureRoutes(options),
    ...auditRoutes(options),
  ];
}
