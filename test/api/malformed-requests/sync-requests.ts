/** The same bodies for the sync routes, whole and as a document, a key or a row in a body that is well. */
import { newUlid } from '../../../shared-schemas/ids.ts';
import { badBodies, badDocuments } from './bodies.ts';
import { JSON_TYPE, type Requests } from './requests.ts';
import { MAX_SYNC_BODY_BYTES, type Malformed } from './stage.ts';

const BASE = '/sync/nurse-north';
const REV = `1-${'0'.repeat(32)}`;

type Wrap = (body: Buffer | string) => Buffer;
const around = (before: string, after: string): Wrap => {
  const [start, end] = [Buffer.from(before), Buffer.from(after)];
  return (body) => Buffer.concat([start, Buffer.from(body), end]);
};
const inList = (field: string): Wrap => around(`{"new_edits":false,"${field}":[`, ']}');

export function syncRequests(requests: Requests): Malformed[] {
  const { patientId } = requests.stage.documents.patient;
  const id = `${patientId}:record:${newUlid()}`;
  const inDocument = around(`{"_id":"${id}","_rev":"${REV}","type":"record","patientId":"${patientId}","x":`, '}');
  const [rows, asIs]: [Wrap, Wrap] = [inList('docs'), Buffer.from];
  const targets: readonly (readonly [method: string, path: string, wrap: Wrap])[] = [
    ['POST', `${BASE}/_bulk_docs`, (body) => rows(inDocument(body))],
    ['POST', `${BASE}/_bulk_docs`, rows],
    ['POST', `${BASE}/record/_bulk_docs`, (body) => rows(inDocument(body))],
    ['POST', `${BASE}/_bulk_get`, rows],
    ['POST', `${BASE}/_revs_diff`, asIs],
    ['POST', `${BASE}/_revs_diff`, inDocument],
    ['POST', `${BASE}/_ensure_full_commit`, asIs],
    ['POST', `${BASE}/_all_docs`, inList('keys')],
    ['POST', `${BASE}/_changes`, inList('doc_ids')],
    ['PUT', `${BASE}/_local/x`, asIs],
    ['PUT', `${BASE}/_local/x`, inDocument],
    ['PUT', `${BASE}/${id}`, inDocument],
    ['POST', BASE, inDocument],
  ];
  const nurse = requests.bearer('nurse');
  const addresses = new Map(targets.map(([method, path]) => [`${method} ${path}`, { method, path }]));
  return [
    ...targets.flatMap(([method, path, wrap]) =>
      badDocuments.map(({ name, body }) => ({
        name,
        method,
        path,
        body: wrap(body),
        headers: { ...nurse, ...JSON_TYPE },
      })),
    ),
    ...[...addresses.values()].flatMap((address) =>
      badBodies(MAX_SYNC_BODY_BYTES).map((bad) => ({ ...bad, ...address, headers: { ...nurse, ...bad.headers } })),
    ),
  ];
}
