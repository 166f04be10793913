/** REST routes of one document type: list, read, create, update, delete, through the same rules as a device's sync. */
import express, { type Request, Router } from 'express';
import { z } from 'zod';
import { type DocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { isPatientId, newDocumentId, newPatientId, parseId, patientDocId } from '../../shared-schemas/ids.ts';
import { FIXED_FIELDS } from '../../sync-rules/access-table.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { type Authenticator, bearerAuth, principalOf } from '../auth/middleware.ts';
import { HttpError } from '../http/errors.ts';
import { parseBody, parseInput } from '../http/parse-input.ts';
import type { Edit, Outcome, WritePath } from '../write/write-path.ts';
import type { ApiDocument, DocumentReader } from './document-reader.ts';

export interface DocumentsRouterOptions {
  readonly sessions: Authenticator;
  readonly reader: DocumentReader;
  readonly writePath: Pick<WritePath, 'edit'>;
  readonly maxDocumentBytes: number;
  readonly nowMs: () => number;
}

/** The types that REST serves, under the names it serves them by. */
export const REST_TYPES = { patients: 'patient', records: 'record' } as const satisfies Record<string, DocumentType>;

const listSchema = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(1).max(500))
    .default(50),
  cursor: z.string().max(200).optional(),
  patientId: z.string().refine(isPatientId, 'must be the id of a patient').optional(),
});
const bodySchema = z.record(z.string(), z.unknown());

/** To be mounted at `/api`. */
export function documentsRouter(options: DocumentsRouterOptions): Router {
  const router = Router();
  const json = express.json({ limit: options.maxDocumentBytes + 1_024 });
  for (const [plural, type] of Object.entries(REST_TYPES)) {
    const routes = new TypeRoutes(type, options);
    router.use(`/${plural}`, bearerAuth(options.sessions), json);
    router.get(`/${plural}`, async (req, res) => {
      res.json(await routes.list(req));
    });
    router.get(`/${plural}/:id`, async (req, res) => {
      res.json(await routes.read(req));
    });
    router.post(`/${plural}`, async (req, res) => {
      const created = await routes.create(req);
      res
        .status(201)
        .location(`${req.baseUrl}/${plural}/${encodeURIComponent(created._id)}`)
        .json(created);
    });
    router.put(`/${plural}/:id`, async (req, res) => {
      res.json(await routes.update(req));
    });
    router.delete(`/${plural}/:id`, async (req, res) => {
      await routes.remove(req);
      res.status(204).end();
    });
  }
  return router;
}

class TypeRoutes {
  readonly #type: DocumentType;
  readonly #options: DocumentsRouterOptions;

  constructor(type: DocumentType, options: DocumentsRouterOptions) {
    this.#type = type;
    this.#options = options;
  }

  async list(req: Request) {
    const { limit, cursor, patientId } = parseInput(listSchema, { ...req.query });
    return this.#options.reader.list(principalOf(req), { type: this.#type, limit, after: cursor, patientId });
  }

  async read(req: Request): Promise<ApiDocument> {
    const document = await this.#options.reader.get(principalOf(req), this.#idOf(req));
    if (!document) throw new HttpError('not_found');
    return document;
  }

  async create(req: Request): Promise<ApiDocument> {
    const principal = principalOf(req);
    const { _id, _rev, ...content } = parseBody(bodySchema, req);
    const patientId = await this.#patientIdOf(content, _id);
    const id = typeof _id === 'string' ? _id : newDocumentId(this.#type, patientId);
    const routing = isReferenceType(this.#type)
      ? {}
      : { patientId, clinicIds: await this.#clinicsOf(principal, content, patientId) };
    const now = new Date(this.#options.nowMs()).toISOString();
    const body = {
      ...content,
      type: this.#type,
      schemaVersion: 1,
      ...routing,
      createdAt: now,
      createdBy: principal.userId,
      ...this.#bookkeeping(principal, now),
    };
    await this.#write(principal, { id, deleted: false, body });
    return this.#written(principal, id, body);
  }

  async update(req: Request): Promise<ApiDocument> {
    const principal = principalOf(req);
    const stored = await this.read(req);
    const { _id, _rev, ...content } = parseBody(bodySchema, req);
    if (_id !== undefined && _id !== stored._id)
      throw new HttpError('invalid_input', {
        extra: { faults: [{ path: '_id', message: 'is not the id in the path' }] },
      });
    const fixed = Object.fromEntries(
      [...FIXED_FIELDS, 'clinicIds', 'schemaVersion'].flatMap((field) =>
        field in stored && field !== '_id' ? [[field, stored[field]]] : [],
      ),
    );
    const now = new Date(Math.max(this.#options.nowMs(), Date.parse(String(stored.updatedAt)))).toISOString();
    const body = { ...fixed, ...content, ...this.#bookkeeping(principal, now) };
    await this.#write(principal, { id: stored._id, baseRev: revisionOf(req, _rev), deleted: false, body });
    return this.#written(principal, stored._id, body);
  }

  async remove(req: Request): Promise<void> {
    const stored = await this.read(req);
    const baseRev = req.get('if-match') === undefined ? stored._rev : revisionOf(req, undefined);
    await this.#write(principalOf(req), { id: stored._id, baseRev, deleted: true, body: {} });
  }

  #bookkeeping({ userId, deviceId }: Principal, now: string) {
    return { updatedAt: now, updatedBy: userId, ...(deviceId !== undefined && { deviceId }) };
  }

  /** A patient is named by the patient's id as well. */
  #idOf(req: Request): string {
    const id = String(req.params.id);
    const full = this.#type === 'patient' && isPatientId(id) ? patientDocId(id) : id;
    if (parseId(full)?.type !== this.#type) throw new HttpError('not_found');
    return full;
  }

  async #patientIdOf(content: Record<string, unknown>, id: unknown): Promise<string | undefined> {
    if (isReferenceType(this.#type)) return undefined;
    const fromId = typeof id === 'string' ? parseId(id)?.patientId : undefined;
    const patientId = content.patientId ?? fromId ?? (this.#type === 'patient' ? newPatientId() : undefined);
    if (typeof patientId === 'string' && isPatientId(patientId)) return patientId;
    throw new HttpError('invalid_input', {
      extra: { faults: [{ path: 'patientId', message: 'must be the id of a patient' }] },
    });
  }

  /** A patient's documents are where the patient is; a new patient is where the session is. */
  async #clinicsOf(
    principal: Principal,
    content: Record<string, unknown>,
    patientId: string | undefined,
  ): Promise<unknown> {
    if (this.#type === 'patient') return content.clinicIds ?? (principal.clinicId ? [principal.clinicId] : undefined);
    const patient =
      patientId === undefined ? undefined : await this.#options.reader.get(principal, patientDocId(patientId));
    if (!patient)
      throw new HttpError('invalid_input', {
        extra: { faults: [{ path: 'patientId', message: 'is not a patient that you can see' }] },
      });
    return patient.clinicIds;
  }

  async #write(principal: Principal, edit: Edit): Promise<void> {
    const [outcome] = await this.#options.writePath.edit(principal, [edit], { hold: false });
    if (outcome?.outcome !== 'stored') throw toHttpError(outcome);
  }

  /** What the writer sees of it now. A patient that was referred away is seen no longer: then it is what was sent. */
  async #written(principal: Principal, id: string, body: Readonly<Record<string, unknown>>): Promise<ApiDocument> {
    return (await this.#options.reader.get(principal, id)) ?? { ...body, _id: id, _rev: '' };
  }
}

/** The revision that the client read: an update on top of any other would undo what it has not seen. */
function revisionOf(req: Request, rev: unknown): string {
  const found = req.get('if-match')?.replaceAll('"', '') ?? rev;
  if (typeof found === 'string' && found !== '') return found;
  throw new HttpError('invalid_input', {
    extra: { faults: [{ path: '_rev', message: 'is required: the revision that you read' }] },
  });
}

function toHttpError(outcome: Outcome | undefined): HttpError {
  if (outcome?.outcome !== 'refused') return new HttpError('conflict');
  const { refusal, faults } = outcome;
  if (refusal.code === 'invalid_document')
    return new HttpError('invalid_document', { extra: { faults: faults ?? [] } });
  if (refusal.code === 'not_visible' || refusal.code === 'document_deleted') return new HttpError('not_found');
  const fields = refusal.fields ? { fields: refusal.fields } : {};
  return new HttpError('refused', { detail: refusal.message, extra: { reason: refusal.code, ...fields } });
}
