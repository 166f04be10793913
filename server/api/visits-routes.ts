/** A visit in one request: the record with what was measured, ordered, given and prescribed. All of it is stored, or nothing. */
import { z } from 'zod';
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import { isPatientId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import type { Edit, WritePath } from '../documents/write/write-path.ts';
import { type ApiRoute, type JsonSchema, route } from '../http/api-route.ts';
import { type ErrorCode, HttpError } from '../http/errors.ts';
import type { ApiDocument, DocumentReader } from './document-reader.ts';
import { documentRef, newDocumentRef } from './document-schemas.ts';
import { type Content, creationError, type DocumentWriter } from './document-writer.ts';
import { contentSchema } from './documents-routes.ts';
import { idempotencyKeyOf, type MakeUlid, ulidMaker } from './made-ids.ts';

export interface VisitsRoutesOptions {
  readonly reader: DocumentReader;
  readonly writer: DocumentWriter;
  readonly writePath: Pick<WritePath, 'edit'>;
  readonly rules: Pick<SyncRules, 'mayEver'>;
  readonly maxDocumentBytes: number;
}

/** The lists of a visit, with the field of the record that links to the first of each. */
const LISTS = {
  vitals: { type: 'vital', link: 'vitalId' },
  procedures: { type: 'procedure', link: 'procedureId' },
  vaccines: { type: 'vaccine', link: 'vaccineId' },
  prescriptions: { type: 'prescription', link: 'prescriptionId' },
} as const satisfies Record<string, { type: DocumentType; link: string }>;
type ListName = keyof typeof LISTS;
const LIST_NAMES = Object.keys(LISTS) as readonly ListName[];

const MAX_PARTS = 50;
/** A visit may be as large as this many of the largest documents. */
const MAX_LARGE_DOCUMENTS = 4;

const partsSchema = z.array(contentSchema).max(MAX_PARTS).optional();
const visitSchema = z
  .strictObject({
    patientId: z.string().refine(isPatientId, 'must be the id of a patient'),
    record: contentSchema,
    vitals: partsSchema,
    procedures: partsSchema,
    vaccines: partsSchema,
    prescriptions: partsSchema,
  })
  .refine(
    ({ patientId, record, ...lists }) =>
      [record, ...Object.values(lists).flat()].every((part) => (part?.patientId ?? patientId) === patientId),
    'a visit is of one patient: leave the patientId of its parts out',
  );
type Visit = z.infer<typeof visitSchema>;

/** One document of the visit. `name` tells the client which: `record`, `vitals/0`. */
interface Part {
  readonly name: string;
  readonly type: DocumentType;
  readonly content: Content;
}

export const visitsRoutes = (options: VisitsRoutesOptions): ApiRoute[] => [
  route({
    method: 'post',
    path: '/visits',
    tag: 'visits',
    summary: 'Save a visit: a record with its vitals, procedures, vaccines and prescriptions',
    description:
      'All of it is stored, or nothing. The parts are linked to the record, and the record to the first of each kind. ' +
      'Errors name the part that they are about. With an Idempotency-Key the same request may be sent again.',
    access: { action: 'create', type: 'record' },
    headers: { 'Idempotency-Key': 'Any text of up to 255 characters that the client makes up' },
    body: {
      schema: visitSchema,
      described: describedVisit((type) => newDocumentRef(type), ['patientId', 'record'], true),
      limitBytes: options.maxDocumentBytes * MAX_LARGE_DOCUMENTS,
    },
    answers: {
      201: { description: 'Stored', schema: describedVisit(documentRef, ['record', ...LIST_NAMES], false) },
      200: {
        description: 'The same request had stored it before',
        schema: describedVisit(documentRef, ['record', ...LIST_NAMES], false),
      },
    },
    errors: ['refused', 'conflict', 'invalid_document'],
    handle: async ({ principal, body, req }) => {
      const saved = await saveVisit(options, principal, body, ulidMaker(principal.userId, idempotencyKeyOf(req)));
      return { status: saved.replayed ? 200 : 201, body: saved.visit };
    },
  }),
];

function describedVisit(
  ref: (type: DocumentType) => JsonSchema,
  required: readonly string[],
  isNew: boolean,
): JsonSchema {
  const lists = LIST_NAMES.map((name) => [name, { type: 'array', items: ref(LISTS[name].type), maxItems: MAX_PARTS }]);
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...(isNew && { patientId: { type: 'string', description: 'Of every part; the parts need not repeat it' } }),
      record: ref('record'),
      ...Object.fromEntries(lists),
    },
    required,
  };
}

type SavedVisit = { readonly record: ApiDocument } & Readonly<Record<ListName, readonly ApiDocument[]>>;

async function saveVisit(
  options: VisitsRoutesOptions,
  principal: Principal,
  visit: Visit,
  makeUlid: MakeUlid,
): Promise<{ visit: SavedVisit; replayed: boolean }> {
  const { writer, writePath } = options;
  const parts = partsOf(visit);
  const mayNot = parts.filter(({ type }) => !options.rules.mayEver(principal, 'create', type));
  if (mayNot.length > 0) throw visitError(mayNot.map((part) => ({ part, error: notForRole(principal, part) })));
  const edits = linked(await draftParts(options, principal, parts, makeUlid));
  const wereStored = await eachPart(parts, (part, n) => writer.wasStored(principal, edits[n] as Edit, part.content));
  // A CouchDB that stopped in the middle may have stored a part of it: then the rest is due.
  const due = parts.flatMap((part, n) => (wereStored[n] ? [] : [{ part, edit: edits[n] as Edit }]));
  if (due.length > 0) {
    const known = new Set(edits.map(({ id }) => id));
    await eachPart(
      due.map(({ part }) => part),
      (_part, n) => writer.checkLinks(principal, due[n]?.edit.body ?? {}, {}, known),
    );
    const outcomes = await writePath.edit(
      principal,
      due.map(({ edit }) => edit),
      { hold: false, atomic: true },
    );
    const failed = due.flatMap(({ part }, n) =>
      outcomes[n]?.outcome === 'stored' ? [] : [{ part, error: creationError(part.type, outcomes[n]) }],
    );
    if (failed.length > 0) throw visitError(failed);
  }
  return { visit: await readVisit(options, principal, edits), replayed: due.length === 0 };
}

/** The record first: links to it are made of its id. What was measured and given in the visit was so when it took place. */
const partsOf = ({ patientId, record, ...lists }: Visit): Part[] => [
  { name: 'record', type: 'record', content: { patientId, ...record } },
  ...LIST_NAMES.flatMap((list) =>
    (lists[list] ?? []).map((content, n) => ({
      name: `${list}/${n}`,
      type: LISTS[list].type,
      content: { patientId, ...timeOf(list, record.visitedAt), ...content },
    })),
  ),
];

const timeOf = (list: ListName, visitedAt: unknown): Content => {
  const field = list === 'vitals' ? 'measuredAt' : list === 'vaccines' ? 'administeredAt' : undefined;
  return field !== undefined && visitedAt !== undefined ? { [field]: visitedAt } : {};
};

const draftParts = (
  { writer }: VisitsRoutesOptions,
  principal: Principal,
  parts: readonly Part[],
  makeUlid: MakeUlid,
) => eachPart(parts, ({ name, type, content }) => writer.draft(principal, type, content, makeUlid(name)));

/** Links that the client sets itself stand. */
function linked(drafts: readonly Edit[]): Edit[] {
  const [record, ...others] = drafts as [Edit, ...Edit[]];
  const links = LIST_NAMES.flatMap((name) => {
    const first = others.find(({ body }) => body.type === LISTS[name].type);
    return first ? [[LISTS[name].link, first.id]] : [];
  });
  return [
    { ...record, body: { ...Object.fromEntries(links), ...record.body } },
    ...others.map((edit) => ({ ...edit, body: { recordId: record.id, ...edit.body } })),
  ];
}

async function readVisit(
  { reader }: VisitsRoutesOptions,
  principal: Principal,
  edits: readonly Edit[],
): Promise<SavedVisit> {
  const documents = await Promise.all(
    edits.map(
      async ({ id, body }): Promise<ApiDocument> => (await reader.get(principal, id)) ?? { ...body, _id: id, _rev: '' },
    ),
  );
  const ofType = (type: DocumentType) => documents.filter((document) => document.type === type);
  const lists = LIST_NAMES.map((name) => [name, ofType(LISTS[name].type)] as const);
  return { record: documents[0], ...Object.fromEntries(lists) } as SavedVisit;
}

interface PartError {
  readonly part: Part;
  readonly error: HttpError;
}

/** Does the work for all parts before it throws, so that the client hears of everything at once. */
async function eachPart<T>(parts: readonly Part[], work: (part: Part, n: number) => Promise<T>): Promise<T[]> {
  const results = await Promise.allSettled(parts.map(work));
  const failed = parts.flatMap((part, n): PartError[] => {
    const result = results[n];
    if (result?.status !== 'rejected') return [];
    if (!(result.reason instanceof HttpError)) throw result.reason;
    return [{ part, error: result.reason }];
  });
  if (failed.length > 0) throw visitError(failed);
  return results.map((result) => (result as PromiseFulfilledResult<T>).value);
}

const notForRole = ({ role }: Principal, { type }: Part): HttpError =>
  new HttpError('refused', {
    detail: `The role ${role} may not add documents of the type ${type}.`,
    extra: { reason: 'not_allowed' },
  });

/** The gravest first: what is malformed is to be mended before it makes sense to ask who may do it. */
const GRAVITY: readonly ErrorCode[] = ['invalid_input', 'invalid_document', 'refused', 'not_found', 'conflict'];

/** One problem for the whole visit; what it says of each part is in `faults` and `refusals`, by the name of the part. */
function visitError(failed: readonly PartError[]): HttpError {
  const worst = GRAVITY.find((code) => failed.some(({ error }) => error.code === code)) ?? 'conflict';
  const faults = failed.flatMap(({ part, error }) =>
    ((error.extra.faults as readonly object[] | undefined) ?? []).map((fault) => ({ part: part.name, ...fault })),
  );
  const refusals = failed
    .filter(({ error }) => error.code === 'refused')
    .map(({ part, error }) => ({ part: part.name, detail: error.detail, ...error.extra }));
  const first = failed.find(({ error }) => error.code === worst);
  return new HttpError(worst, {
    ...(first && { detail: `Nothing of the visit was stored (${first.part.name}): ${first.error.detail}` }),
    extra: {
      ...(faults.length > 0 && { faults }),
      ...(refusals.length > 0 && { refusals, reason: (refusals[0] as { reason?: string }).reason }),
    },
  });
}
