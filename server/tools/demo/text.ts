/** What the demo prints. Of documents, ids and types only. */
import Table from 'cli-table3';
import type { DocumentType } from '../../../shared-schemas/document-types.ts';
import type { HeldWrite } from '../../documents/held-writes.ts';
import { OUTCOMES, type Outcome } from './outcomes.ts';
import { hasConverged, type TabletState } from './verification.ts';

/** Of what differs on a tablet, so many ids are shown. */
const SHOWN_IDS = 20;
const COUNTS_A_LINE = 3;
const PLAIN = { head: [], border: [] };

export const countsText = (counts: ReadonlyMap<DocumentType, number>): string =>
  [...counts].map(([type, count]) => `${type} ${count}`).join(', ');

/** Broken here and not by the table, which would part a type from its number. */
function countsLines(counts: ReadonlyMap<DocumentType, number>): string {
  const entries = [...counts];
  const lines = Array.from({ length: Math.ceil(entries.length / COUNTS_A_LINE) }, (_, i) =>
    countsText(new Map(entries.slice(i * COUNTS_A_LINE, (i + 1) * COUNTS_A_LINE))),
  );
  return lines.join(',\n');
}

export function tabletTable(states: readonly TabletState[]): string {
  const table = new Table({
    head: ['tablet', 'client', 'role', 'documents by type', 'holds', 'expected', 'converged'],
    colWidths: [12, 9, 24, 44, 7, 10, 11],
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right', 'left'],
    wordWrap: true,
    style: PLAIN,
  });
  for (const state of states) {
    const { tablet, counts, held, expected } = state;
    const { role, clinicId } = tablet.principal;
    table.push([
      tablet.name,
      tablet.client,
      clinicId === undefined ? role : `${role} at ${clinicId}`,
      countsLines(counts),
      held,
      expected,
      hasConverged(state) ? 'yes' : 'NO',
    ]);
  }
  return table.toString();
}

export function heldTable(writes: readonly HeldWrite[]): string {
  const table = new Table({
    head: ['held write of', 'code', 'sentence'],
    colWidths: [15, 20, 84],
    wordWrap: true,
    style: PLAIN,
  });
  for (const { by, code, message } of writes) table.push([by?.role ?? 'the server', code, message]);
  return table.toString();
}

/** What differs on which tablet; empty where nothing does. */
export function differencesText(states: readonly TabletState[]): string {
  const lines = states.flatMap((state) =>
    (['missing', 'unexpected', 'different'] as const).flatMap((how) =>
      state[how].length === 0 ? [] : [`  ${state.tablet.name}, ${how}: ${someOf(state[how])}`],
    ),
  );
  return lines.length === 0 ? '' : ['What differs:', ...lines].join('\n');
}

function someOf(ids: readonly string[]): string {
  const more = ids.length - SHOWN_IDS;
  return more > 0 ? `${ids.slice(0, SHOWN_IDS).join(', ')} and ${more} more` : ids.join(', ');
}

export const missedText = (outcomes: readonly Outcome[]): string =>
  outcomes.length === 0 ? '' : ['Not seen:', ...outcomes.map((outcome) => `  ✗ ${OUTCOMES[outcome]}`)].join('\n');
