/**
 * Documents that one input at a time is about, in a row of inputs that no other row touches: so that whatever changes here was
 * changed by the input that was sent last.
 */
import type { StoredRevision } from '../../server/store/store.ts';
import type { Clinic, Person } from './person.ts';

/** A document that inputs are about. */
export interface Slot {
  readonly id: string;
  /** It holds a text that not everybody may read. */
  readonly isGuarded: boolean;
}

export interface GuardedPatient {
  readonly patientId: string;
  readonly clinicIds: readonly string[];
}

export interface LaneParts {
  /** What is stored of these ids, in their order. */
  readonly leaves: (ids: readonly string[]) => Promise<readonly (readonly StoredRevision[])[]>;
  readonly people: readonly Person[];
  readonly guarded: Readonly<Record<Clinic, GuardedPatient>>;
  readonly guardedIds: readonly string[];
  /** Of a session that was ended. */
  readonly endedToken: string;
}

const MAX_POSITIONS = 8;
const PAGE = 200;

export class Lane {
  readonly #parts: LaneParts;
  readonly #guarded: readonly Slot[];
  #slots: readonly Slot[] = [];
  readonly #claimed = new Set<string>();
  readonly #known = new Map<string, readonly StoredRevision[]>();
  #positions: readonly string[] = ['0'];

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#guarded = parts.guardedIds.map((id) => ({ id, isGuarded: true }));
  }

  get people(): readonly Person[] {
    return this.#parts.people;
  }
  /** Who may write most asks most. */
  get askers(): readonly Person[] {
    return [...this.people, ...this.people.slice(0, 2), ...this.people.slice(0, 2)];
  }
  get endedToken(): string {
    return this.#parts.endedToken;
  }
  get slots(): readonly Slot[] {
    return this.#slots;
  }
  get guardedIds(): readonly string[] {
    return this.#parts.guardedIds;
  }
  get positions(): readonly string[] {
    return this.#positions;
  }

  guardedPatient = (clinic: Clinic): GuardedPatient => this.#parts.guarded[clinic];
  leavesOf = (id: string): readonly StoredRevision[] => this.#known.get(id) ?? [];
  /** A new id, of a document that only this lane knows of. */
  claim(id: string): string {
    this.#claimed.add(id);
    return id;
  }
  isOwn = (id: string): boolean => this.#claimed.has(id);

  note(position: string): void {
    this.#positions = [position, ...this.#positions].slice(0, MAX_POSITIONS);
  }

  /** Inputs are about these from now on, beside those with secrets, which stay. */
  async renew(ids: readonly string[]): Promise<void> {
    this.#slots = [...this.#guarded, ...ids.map((id) => ({ id, isGuarded: false }))];
    for (const { id } of this.#slots) this.claim(id);
    await this.read(this.#slots.map(({ id }) => id));
  }

  /** Looks at documents; answers those that are not as they were. */
  async read(ids: readonly string[]): Promise<readonly string[]> {
    const changed: string[] = [];
    for (let at = 0; at < ids.length; at += PAGE) {
      const page = ids.slice(at, at + PAGE);
      const found = await this.#parts.leaves(page);
      for (const [n, id] of page.entries()) {
        const leaves = found[n] ?? [];
        if (JSON.stringify(leaves) !== JSON.stringify(this.leavesOf(id))) changed.push(id);
        this.#known.set(id, leaves);
      }
    }
    return changed;
  }

  /** Documents of the lane that changed since they were looked at, by what no answer told of. */
  unexpected = (): Promise<readonly string[]> => this.read([...this.#claimed]);
  /** Of the patient, with the patient: where one goes, these go. */
  ofPatient = (patientId: string): string[] => [...this.#claimed].filter((id) => id.startsWith(`${patientId}:`));
}
