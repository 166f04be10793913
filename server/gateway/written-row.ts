/** What became of a pushed row, as the device is told. */
import type { Outcome } from '../documents/write/outcome.ts';
import type { Dialect } from './sync-database.ts';
import type { WireDocument } from './wire.ts';

const REFUSED_CONFLICT = { error: 'conflict', reason: 'Document update conflict.' };

export const reasonOf = ({ refusal }: Outcome & { outcome: 'refused' }): string =>
  `${refusal.code}: ${refusal.message}`;

/** A row without a usable id is told of without one. */
export function toRow(outcome: Outcome, { refusedRow }: Dialect): WireDocument {
  const id = outcome.id === '' ? {} : { id: outcome.id };
  switch (outcome.outcome) {
    case 'stored':
      return { ok: true, ...id, rev: outcome.rev };
    case 'conflict':
      return { ...id, ...REFUSED_CONFLICT };
    case 'refused':
      return refusedRow === 'conflict'
        ? { ...id, ...REFUSED_CONFLICT }
        : {
            ...id,
            rev: outcome.rev,
            error: 'forbidden',
            reason: reasonOf(outcome),
            code: outcome.refusal.code,
            ...(outcome.faults && { faults: outcome.faults }),
          };
  }
}
