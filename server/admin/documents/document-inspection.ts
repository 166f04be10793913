/** Where a document is: its revisions, what each role database holds of it, and which devices have confirmed it. */
import { parseId } from '../../../shared-schemas/ids.ts';
import type { SyncRules } from '../../../sync-rules/sync-rules.ts';
import { staffNames } from '../../api/staff-names.ts';
import type { HeldSummary, HeldWrites } from '../../documents/held-writes.ts';
import type { History, KeptVersion } from '../../documents/history.ts';
import type { ReadBody } from '../../documents/write/document-policy.ts';
import { isErased } from '../../documents/write/erased-documents.ts';
import type { WritePath } from '../../documents/write/write-path.ts';
import { HttpError } from '../../http/errors.ts';
import { winnerOf } from '../../store/revisions.ts';
import type { Database, StoredRevision } from '../../store/store.ts';
import { askedDocumentId, REVISION } from './asked-document.ts';
import { type DatabaseCopiesOptions, type DatabaseCopyView, databaseCopies } from './database-copies.ts';
import { type DeviceCopies, type DeviceCopiesOptions, DevicesOfDocuments } from './device-copies.ts';
import { type RevisionView, revisionTree } from './revision-tree.ts';

type Body = Readonly<Record<string, unknown>>;

export interface RevisionBody {
  readonly rev: string;
  readonly deleted: boolean;
  readonly body: Body;
}

/** Everything that the server knows of where a document is. */
export interface DocumentView {
  readonly documentId: string;
  readonly type: string;
  readonly patientId?: string;
  /** ISO 8601: what follows was so at this moment. */
  readonly readAt: string;
  /** Whether the document as it is now is a deletion. */
  readonly deleted: boolean;
  /** Whether its patient was erased: only that is left. */
  readonly erased: boolean;
  readonly winner: RevisionBody;
  /** The longest history first. */
  readonly revisions: readonly RevisionView[];
  /** Whether there are more revisions than are listed. */
  readonly incomplete: boolean;
  readonly databases: readonly DatabaseCopyView[];
  readonly devices: DeviceCopies;
  readonly heldWrites: readonly HeldSummary[];
  /** Names of staff, by user id. */
  readonly people: Readonly<Record<string, string>>;
}

export interface DocumentInspectionOptions extends DatabaseCopiesOptions, DeviceCopiesOptions {
  readonly primary: Pick<Database, 'leaves' | 'revisions' | 'winners'>;
  readonly history: Pick<History, 'versions' | 'body'>;
  readonly held: Pick<HeldWrites, 'page'>;
  readonly writePath: Pick<WritePath, 'exclusively'>;
  readonly readBody: ReadBody;
  readonly rules: Pick<SyncRules, 'placement'>;
  readonly roleDatabases: DatabaseCopiesOptions['roleDatabases'];
  readonly nowMs: () => number;
}

const MAX_VERSIONS = 2_000;
const MAX_ATTEMPTS = 4;
const HELD_PAGE = 500;
/** Held writes are listed by patient: of reference data, which have none, so many pages of all are looked through. */
const MAX_HELD_PAGES = 4;

interface ReadTogether {
  readonly leaves: readonly StoredRevision[];
  readonly versions: readonly KeptVersion[];
  readonly databases: readonly DatabaseCopyView[];
}

export class DocumentInspection {
  readonly #options: DocumentInspectionOptions;
  readonly #devices: DevicesOfDocuments;

  constructor(options: DocumentInspectionOptions) {
    this.#options = options;
    this.#devices = new DevicesOfDocuments(options);
  }

  /**
   * @throws HttpError `not_found`
   */
  async read(asked: string): Promise<DocumentView> {
    const id = askedDocumentId(asked);
    const { leaves, versions, databases } = await this.#readTogether(id);
    const heldWrites = await this.#heldWrites(id);
    const winner = winnerOf(leaves);
    if (!winner) throw notFound(id, heldWrites);
    const { type = '', patientId } = parseId(id) ?? {};
    const revisions = revisionTree({ leaves, versions });
    const devices = await this.#devices.of(id, databases, winner.body.deviceId);
    const people = [...revisions.map(({ author }) => author), ...devices.items.map(({ owner }) => owner)];
    return {
      ...{ documentId: id, type, ...(patientId !== undefined && { patientId }) },
      readAt: new Date(this.#options.nowMs()).toISOString(),
      ...{ deleted: winner.deleted, erased: isErased(leaves) },
      winner: { rev: winner.rev, deleted: winner.deleted, body: winner.body },
      ...{ revisions, incomplete: versions.length === MAX_VERSIONS, databases, devices, heldWrites },
      people: Object.fromEntries(await staffNames(this.#options.primary, people)),
    };
  }

  /**
   * @throws HttpError `not_found`
   */
  async revision(asked: string, rev: string): Promise<RevisionBody> {
    const id = askedDocumentId(asked);
    const leaf = (await this.#leaves(id)).find((one) => one.rev === rev);
    if (leaf) return { rev, deleted: leaf.deleted, body: leaf.body };
    const body = parseId(id) && REVISION.test(rev) ? await this.#options.readBody(id, rev) : undefined;
    if (!body)
      throw new HttpError('not_found', { detail: 'The body of this revision is not kept, or never was here.' });
    const [stored] = await this.#options.primary.revisions([{ id, rev }]);
    const deleted = stored?.deleted ?? (await this.#versions(id)).find((one) => one.rev === rev)?.deleted ?? false;
    return { rev, deleted, body };
  }

  /**
   * While nothing is written to the document here, so that it is not taken for wrong what is on its way. Another server may
   * write in between: then it is read again.
   */
  #readTogether(id: string): Promise<ReadTogether> {
    return this.#options.writePath.exclusively(id, async () => {
      let read = await this.#readOnce(id);
      for (let attempt = 1; attempt < MAX_ATTEMPTS && read.databases.some(({ right }) => right === false); attempt++) {
        const again = await this.#readOnce(id);
        const isSame = revsOf(again.leaves) === revsOf(read.leaves);
        read = again;
        if (isSame) break;
      }
      return read;
    });
  }

  async #readOnce(id: string): Promise<ReadTogether> {
    const leaves = await this.#leaves(id);
    const versions = leaves.length > 0 ? await this.#versions(id) : [];
    const earlier = versions.map(({ rev, deleted, body }) => ({ id, rev, ancestry: [rev], deleted, body }));
    return { leaves, versions, databases: await databaseCopies(this.#options, id, leaves, earlier) };
  }

  async #leaves(id: string): Promise<readonly StoredRevision[]> {
    return parseId(id) ? ((await this.#options.primary.leaves([id])).get(id) ?? []) : [];
  }

  #versions(id: string) {
    return this.#options.history.versions(id, MAX_VERSIONS);
  }

  async #heldWrites(id: string): Promise<HeldSummary[]> {
    const patientId = parseId(id)?.patientId;
    const found: HeldSummary[] = [];
    let before: string | undefined;
    for (let page = 0; page < MAX_HELD_PAGES; page++) {
      const { items, nextCursor } = await this.#options.held.page({
        ...{ state: 'all', limit: HELD_PAGE, patientId, before },
      });
      found.push(...items.filter(({ documentId }) => documentId === id));
      if (nextCursor === undefined) break;
      before = nextCursor;
    }
    return found;
  }
}

const revsOf = (leaves: readonly StoredRevision[]): string => leaves.map(({ rev }) => rev).join();

function notFound(id: string, heldWrites: readonly HeldSummary[]): HttpError {
  const [held] = heldWrites;
  const detail = !parseId(id)
    ? 'This is not the id of a document. Ids look like <patientId>:record:<ulid>: search for the patient, and choose the document.'
    : held
      ? 'It was never stored; what was refused of it is among the held writes.'
      : 'No document of this id ever came here. If a tablet shows it, it has not been pushed yet: see what the device still has to do.';
  return new HttpError('not_found', {
    detail,
    ...(held && { extra: { heldWrites: heldWrites.map((write) => write.id) } }),
  });
}
