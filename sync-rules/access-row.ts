/** What the access table is made of: rows, each of which allows something, and the rules that every write has to keep. */
import type { DocumentType } from '../shared-schemas/document-types.ts';
import type { Role } from '../shared-schemas/roles.ts';
import type { RefusalCode } from './refusal.ts';

export type ChangeAction = 'create' | 'update' | 'delete';
export type Action = 'read' | ChangeAction;

/** Values of fields, or `$eq`, `$ne` and `$in` of them, as CASL understands them. All of them must be met. */
export type Conditions = Readonly<Record<string, unknown>>;

interface Row {
  readonly subject: DocumentType;
  /** The fields that may be read or changed; all where absent. */
  readonly fields?: string[];
  /** The row in words. */
  readonly reason: string;
}

export interface ReadRow extends Row {
  readonly action: 'read';
  /** What the document must be. */
  readonly conditions?: Conditions;
}

/** Allows a change as a whole, or not at all: two rows do not lend each other their conditions, nor their fields. */
export interface ChangeRow extends Row {
  readonly action: ChangeAction;
  /** What the stored document must be. May name facts of the change as well (facts.ts). */
  readonly before?: Conditions;
  /** What the document must be as it is written. */
  readonly after?: Conditions;
}

export type AccessRow = ReadRow | ChangeRow;

/** What a write has to keep besides the row that allows it. */
export type WriteRule = {
  /** Of the refusal where it is broken. */
  readonly code: RefusalCode;
  readonly on: readonly ChangeAction[];
  /** Roles that it does not bind. */
  readonly exempt?: readonly Role[];
  /** The rule in words. */
  readonly reason: string;
} & Demand;

export type Demand =
  /** A deletion that is to come back names the account that brings it back in all of these fields. */
  | { readonly kind: 'own_deletion'; readonly fields: readonly string[] }
  /** The stored document is one that the account may read. */
  | { readonly kind: 'visible' }
  /** The fields are as they were. */
  | { readonly kind: 'unchanged'; readonly fields: readonly string[]; readonly except?: readonly DocumentType[] }
  /** The field is a time, not later than now, and not before that of another field, or before it was in the parent. */
  | { readonly kind: 'time'; readonly field: string; readonly notBefore?: string; readonly forwards?: true }
  /** The field names the account that writes; where it is optional, only if the write changes it. */
  | { readonly kind: 'author'; readonly field: string; readonly optional?: true }
  /** The document has the fields if, and only if, it has the status. What was otherwise before may stay so. */
  | {
      readonly kind: 'state';
      readonly subject: DocumentType;
      readonly status: string;
      readonly fields: readonly string[];
    }
  /** What got the status by another change does not get it again by one that did not know of it. */
  | {
      readonly kind: 'once';
      readonly subject: DocumentType;
      readonly status: string;
      readonly fields: readonly string[];
    }
  /** Links point to documents of the same patient. */
  | { readonly kind: 'links' }
  /** The patient of the document is not deleted, and is one that the account may read. */
  | { readonly kind: 'patient' };
