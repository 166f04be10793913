import { fileURLToPath } from 'node:url';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import type { Core } from '../../documents/core.ts';
import { storedBody } from '../../documents/write/document-policy.ts';
import { runImport } from '../import/import-run.ts';
import type { ImportSummary } from '../import/import-summary.ts';
import { syntheaSource } from '../import/synthea/source.ts';

const CLINICS = 2;

/** Imports the bundled data as `npm run import` does, into a server that is serving already. */
export function importBundledData({ writePath }: Pick<Core, 'writePath'>, signal: AbortSignal): Promise<ImportSummary> {
  const put = (documents: readonly RuleDocument[]) =>
    writePath.putTrusted(documents.map((document) => ({ id: document._id, body: storedBody(document) })));
  const folder = fileURLToPath(new URL('./data', import.meta.url));
  return runImport({ source: syntheaSource({ folder, clinicCount: CLINICS }), writer: { put }, signal });
}
