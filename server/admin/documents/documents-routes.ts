/** Where is this document? For administrators. */
import type { InspectionEvent } from '../../audit/inspection-events.ts';
import { type ApiRoute, route } from '../../http/api-route.ts';
import { askedDocumentId } from './asked-document.ts';
import { DocumentInspection, type DocumentInspectionOptions } from './document-inspection.ts';
import { documentSchema, revisionBodySchema } from './document-schemas.ts';
import { RecordedReadings } from './recorded-readings.ts';

export interface InspectionRoutesOptions extends DocumentInspectionOptions {
  readonly record: (event: InspectionEvent) => Promise<void>;
}

const common = { method: 'get', tag: 'replication', access: { roles: ['admin'] }, errors: ['not_found'] } as const;
const ID = "The id of a document, or a patient's id";

export function inspectionRoutes(options: InspectionRoutesOptions): ApiRoute[] {
  const inspection = new DocumentInspection(options);
  const readings = new RecordedReadings(options);
  return [
    route({
      ...common,
      path: '/admin/documents/{id}',
      summary: 'Find out where a document is',
      description:
        'Its revision tree, what each role database holds of it beside what the rules say, and which devices have confirmed ' +
        'it. Works for deleted documents, and for what is left of erased ones. The reading is recorded, once an hour for each revision that is the present one.',
      params: { id: ID },
      answers: { 200: { description: 'All that is known', schema: documentSchema } },
      handle: async ({ principal, params }) => {
        const body = await inspection.read(params.id ?? '');
        const { documentId, winner } = body;
        await readings.record({ kind: 'document_inspected', documentId, by: principal.userId }, winner.rev);
        return { body };
      },
    }),
    route({
      ...common,
      path: '/admin/documents/{id}/revisions/{rev}',
      summary: 'Read one revision of a document that is kept',
      description: 'The reading is recorded.',
      params: { id: ID, rev: 'The revision' },
      answers: { 200: { description: 'The revision', schema: revisionBodySchema } },
      handle: async ({ principal, params: { id = '', rev = '' } }) => {
        const body = await inspection.revision(id, rev);
        const documentId = askedDocumentId(id);
        await readings.record({ kind: 'document_inspected', documentId, rev, by: principal.userId }, rev);
        return { body };
      },
    }),
  ];
}
