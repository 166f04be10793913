/** What a held write changed, and what has changed since where it would go. Pure. */
import equal from 'fast-deep-equal';
import { parseId } from '../../../shared-schemas/ids.ts';
import { BOOKKEEPING_FIELDS, COUPLED_FIELDS, FIXED_FIELDS } from '../../../sync-rules/access-table.ts';

export type Body = Readonly<Record<string, unknown>>;

/** The same document three times: as it was when the author changed it, as the author left it, as it is now. */
export interface Sides {
  readonly documentId: string;
  /** Undefined for a new document, and where the revision is not known here. */
  readonly base: Body | undefined;
  /** Undefined for a deletion. */
  readonly held: Body | undefined;
  /** Undefined where there is none, or it is deleted. */
  readonly stored: Body | undefined;
}

/** One field. A side that lacks the field lacks the key as well. */
export interface FieldComparison {
  readonly field: string;
  readonly base?: unknown;
  readonly held?: unknown;
  readonly stored?: unknown;
  /** Whether what is stored is not what was held. */
  readonly differs: boolean;
  /** Whether accepting the held write writes this field. */
  readonly changed: boolean;
  /** Whether somebody else changed it since: then accepting needs the reviewer to have seen it. */
  readonly conflict: boolean;
}

/** Fields that a review may write; the others are the server's, or say who did what. */
export function isReviewable(documentId: string, field: string, isNew: boolean): boolean {
  if (isNew && field === 'createdAt') return true;
  const type = parseId(documentId)?.type;
  // A patient's documents go where the patient goes.
  if (field === 'clinicIds') return type === 'patient' || type === 'staff' || isNew;
  return !field.startsWith('_') && !FIXED_FIELDS.includes(field) && !BOOKKEEPING_FIELDS.includes(field);
}

export function compareSides(sides: Sides): FieldComparison[] {
  const changed = new Set(changedFields(sides));
  const conflicts = new Set(conflictingFields(sides, sides.held ?? {}, changed));
  return fieldsOf(sides).map((field) => ({
    field,
    ...sideOf('base', sides.base, field),
    ...sideOf('held', sides.held, field),
    ...sideOf('stored', sides.stored, field),
    differs: !equal(sides.held?.[field], sides.stored?.[field]),
    changed: changed.has(field),
    conflict: conflicts.has(field),
  }));
}

/** The fields that the author changed and a review may write; none for a deletion. */
export function changedFields(sides: Sides): string[] {
  const { documentId, base, held, stored } = sides;
  if (!held) return [];
  return fieldsOf(sides).filter(
    (field) => isReviewable(documentId, field, !base && !stored) && !equal(held[field], base?.[field]),
  );
}

/**
 * Those of the `written` fields that somebody else changed since, to something else. Fields that say something only together
 * count together. Nobody can have changed what is not there.
 */
export function conflictingFields(
  { documentId, base, stored }: Sides,
  values: Body,
  written: Iterable<string>,
): string[] {
  if (!stored) return [];
  const type = parseId(documentId)?.type;
  const coupled = (type && COUPLED_FIELDS[type]) ?? [];
  const fields = new Set(written);
  if (coupled.some((field) => fields.has(field))) for (const field of coupled) fields.add(field);
  return [...fields].filter((field) => !equal(stored[field], base?.[field]) && !equal(stored[field], values[field]));
}

/** What was changed since at all, apart from who changed it when: a deletion would undo it. */
export const changedSince = ({ base, stored }: Sides): string[] =>
  [...new Set([...Object.keys(base ?? {}), ...Object.keys(stored ?? {})])]
    .filter((field) => !BOOKKEEPING_FIELDS.includes(field) && field !== 'formerClinicIds')
    .filter((field) => !equal(base?.[field], stored?.[field]));

const fieldsOf = ({ base, held, stored }: Sides): string[] =>
  [...new Set([base, held, stored].flatMap((side) => Object.keys(side ?? {})))].sort();

const sideOf = (side: string, body: Body | undefined, field: string) =>
  body && field in body ? { [side]: body[field] } : {};
