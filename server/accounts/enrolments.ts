/**
 * Which devices an account may add. The count, and the use of a code, are decided in one document of the account, which no two
 * servers change at once: so they hold for all servers together.
 */
import { randomInt } from 'node:crypto';
import { HttpError } from '../http/errors.ts';
import { DocumentTable } from '../store/document-table.ts';
import type { Database } from '../store/store.ts';
import { hashToken, sameHash } from './token-hash.ts';

/** What is kept of an account's enrolments beside its devices. */
interface Book {
  /** By device id, when its place was taken: of devices that are being enrolled, on whichever server. */
  readonly taken: Readonly<Record<string, string>>;
  /** A revoked device of the account was forgotten, so no entry tells of it any more. */
  readonly guarded?: true;
  /** Lets one device in; the newest that an administrator made. */
  readonly code?: { readonly hash: string; readonly expiresAt: string };
}

/** What counts of a device that an account has. */
interface OwnedDevice {
  readonly deviceId: string;
  readonly revokedAt?: string;
  readonly secretHash?: string;
  readonly enrolledAt?: string;
}

export interface Admission {
  readonly owner: string;
  readonly deviceId: string;
  /** The devices that the account has. */
  readonly owned: readonly OwnedDevice[];
  /** Of an administrator, as it was typed. */
  readonly code?: string | undefined;
}

export interface EnrolmentCode {
  readonly code: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

export const DEFAULT_MAX_DEVICES = 20;
const PREFIX = 'enrolments:';
const CODE_LIFE_MS = 24 * 3_600_000;
/** Longer than an enrolment takes: a place whose device did not come by then is free again. */
const TAKEN_MS = 10 * 60_000;
const GROUPS = 3;
const GROUP_LENGTH = 5;
/** Without letters and digits that are mistaken for each other: 74 bits in 15 characters. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const NOTHING: Book = { taken: {} };

export interface EnrolmentsOptions {
  readonly maxDevices: number;
  readonly now: () => number;
}

export class Enrolments {
  readonly #table: DocumentTable<Book>;
  readonly #options: EnrolmentsOptions;

  constructor(database: Database, options: EnrolmentsOptions) {
    this.#table = new DocumentTable(database, PREFIX, resolveBook);
    this.#options = options;
  }

  /**
   * Takes a place for a device, to be called before the device is written. Doing it again for the same device is harmless.
   * @throws HttpError `enrolment_needed`, `too_many_devices`
   */
  async admit({ owner, deviceId, owned, code }: Admission): Promise<void> {
    await this.#table.update(owner, (book = NOTHING) => {
      const taken = this.#current(book.taken);
      if (taken[deviceId] !== undefined) return book;
      const isUsed = code !== undefined && this.#isGood(book, code);
      if (!isUsed && isGuarded(book, owned)) throw enrolmentNeeded(code);
      this.#expectPlace(owned, taken);
      const { code: unused, ...rest } = book;
      return {
        ...rest,
        taken: { ...taken, [deviceId]: this.#time() },
        ...(unused && !isUsed && { code: unused }),
      };
    });
  }

  /** Whether another device needs a code: one of the account's was revoked. */
  async isGuarded(owner: string, owned: readonly OwnedDevice[]): Promise<boolean> {
    return isGuarded((await this.#table.get(owner)) ?? NOTHING, owned);
  }

  /** Gives the place of a device back. Where it was revoked, another goes on needing a code, though no entry tells why. */
  async forget(owner: string, deviceId: string, wasRevoked: boolean): Promise<void> {
    await this.#table.update(owner, (book = NOTHING) => {
      const { [deviceId]: place, ...taken } = book.taken;
      const isGuardedAnew = wasRevoked && !book.guarded;
      if (place === undefined && !isGuardedAnew) return undefined;
      return { ...book, taken, ...(wasRevoked && { guarded: true as const }) };
    });
  }

  /** A code that lets one device in, within a day; one that was made before is void. It is stored nowhere. */
  async newCode(owner: string): Promise<EnrolmentCode> {
    const code = readableCode();
    const expiresAt = new Date(this.#options.now() + CODE_LIFE_MS).toISOString();
    await this.#table.update(owner, (book = NOTHING) => ({ ...book, code: { hash: hashOf(code), expiresAt } }));
    return { code, expiresAt };
  }

  documentIdOf(owner: string): string {
    return this.#table.idOf(owner);
  }

  #expectPlace(owned: readonly OwnedDevice[], taken: Book['taken']): void {
    const { maxDevices } = this.#options;
    const ids = new Set(owned.map(({ deviceId }) => deviceId));
    const coming = Object.keys(taken).filter((deviceId) => !ids.has(deviceId));
    const devices = owned.filter(hasPlace).length + coming.length;
    if (devices < maxDevices) return;
    throw new HttpError('too_many_devices', {
      detail: `The account has ${devices} devices, and may have ${maxDevices}: an administrator has to revoke or forget one.`,
      extra: { devices, maxDevices },
    });
  }

  #isGood({ code }: Book, typed: string): boolean {
    return sameHash(hashOf(typed), code?.hash) && Date.parse(code?.expiresAt ?? '') > this.#options.now();
  }

  #current(taken: Book['taken']): Book['taken'] {
    const since = new Date(this.#options.now() - TAKEN_MS).toISOString();
    return Object.fromEntries(Object.entries(taken).filter(([, at]) => at > since));
  }

  #time(): string {
    return new Date(this.#options.now()).toISOString();
  }
}

const isGuarded = ({ guarded }: Book, owned: readonly OwnedDevice[]): boolean =>
  guarded === true || owned.some(({ revokedAt }) => revokedAt !== undefined);

/**
 * Whether a device takes a place of its account. Up to release 0.1.0 every login made a device, so what is left of that time
 * counts from when it gets a secret: it is in use.
 */
export const hasPlace = ({ revokedAt, secretHash, enrolledAt }: OwnedDevice): boolean =>
  revokedAt === undefined && (secretHash !== undefined || enrolledAt !== undefined);

const enrolmentNeeded = (code: string | undefined): HttpError =>
  new HttpError(
    'enrolment_needed',
    code === undefined
      ? {}
      : {
          detail:
            'The enrolment code was used before, has expired or was replaced: ask an administrator for a new one.',
        },
  );

function readableCode(): string {
  const group = () => Array.from({ length: GROUP_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

/** People type it: case, spaces and hyphens do not matter. */
const hashOf = (code: string): string => hashToken(code.toLowerCase().replaceAll(/[\s-]/g, ''));

/** Two servers wrote at once: what one of them forbids is forbidden, and a code is good only where both have it. */
function resolveBook(winner: Book, others: readonly Book[]): Book {
  const books = [winner, ...others];
  const { code } = winner;
  return {
    taken: Object.assign({}, ...books.map(({ taken }) => taken)),
    ...(books.some(({ guarded }) => guarded) && { guarded: true }),
    ...(code && books.every((book) => book.code?.hash === code.hash) && { code }),
  };
}
