/** The same document three times, field by field, and what is to be written of each field. */
import type { ComponentChildren } from 'preact';
import { Badge } from '../../ui/badge.tsx';
import { type Choice, type Picked, type Picks, pickOf, type Row } from './choices.ts';
import { FieldValue } from './field-value.tsx';
import { ValueField } from './value-field.tsx';

export type Side = 'base' | 'held' | 'stored';

interface ComparisonTableProps {
  /** Those that there are. */
  readonly sides: readonly Side[];
  readonly rows: readonly Row[];
  readonly picks: Picks;
  readonly faults: ReadonlyMap<string, string>;
  /** Undefined where nothing is to be chosen. */
  readonly onPick: ((field: string, pick: Picked) => void) | undefined;
}

const TITLES = { base: 'Grew from', held: 'Held', stored: 'Stored now' } as const;

export function ComparisonTable({ sides, rows, picks, faults, onPick }: ComparisonTableProps) {
  return (
    <table class="compare">
      <thead>
        <tr>
          <th scope="col">Field</th>
          {sides.map((side) => (
            <th key={side} scope="col">
              {TITLES[side]}
            </th>
          ))}
          {onPick && <th scope="col">Write</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.field} class={markOf(row, sides)}>
            <th scope="row">
              <FieldName row={row} isNew={sides.length === 1} />
            </th>
            {sides.map((side) => (
              <td key={side} data-title={TITLES[side]} class={`compare-${side}`}>
                <FieldValue value={row[side]} />
              </td>
            ))}
            {onPick && (
              <td data-title="Write" class="compare-write">
                <Write row={row} pick={pickOf(row, picks)} fault={faults.get(row.field)} onPick={onPick} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function markOf({ conflict, changed }: Row, sides: readonly Side[]): string {
  if (conflict) return 'compare-conflict';
  return changed && sides.length > 1 ? 'compare-changed' : '';
}

interface FieldNameProps {
  readonly row: Row;
  /** Of a new document every field is: it says nothing to mark them. */
  readonly isNew: boolean;
}

function FieldName({ row, isNew }: FieldNameProps) {
  const { field, form, conflict, changed, differs, refusedFor } = row;
  const marks: ComponentChildren[] = [];
  if (refusedFor !== undefined) marks.push(<Badge tone="problem">Fault</Badge>);
  if (conflict) marks.push(<Badge tone="attention">Conflict</Badge>);
  if (changed && !isNew) marks.push(<Badge tone="info">Changed</Badge>);
  else if (differs && !isNew) marks.push(<Badge tone="quiet">Differs</Badge>);
  return (
    <>
      <span class="compare-name">{field}</span>
      {form?.schema.description && <span class="compare-about">{form.schema.description}</span>}
      {marks.length > 0 && <span class="compare-marks">{marks}</span>}
      {refusedFor !== undefined && <span class="fault">{refusedFor}</span>}
    </>
  );
}

const CHOICE_WORDS: Readonly<Record<Choice, string>> = {
  held: 'What was held',
  stored: 'Leave as stored',
  typed: 'Another value…',
  none: 'No value',
};

interface WriteProps {
  readonly row: Row;
  readonly pick: Picked;
  readonly fault: string | undefined;
  readonly onPick: (field: string, pick: Picked) => void;
}

function Write({ row: { field, form, offered }, pick, fault, onPick }: WriteProps) {
  if (offered.length === 0) return <span class="quiet">kept by the server</span>;
  return (
    <>
      <select
        class="input"
        aria-label={`What to write to ${field}`}
        value={pick.choice}
        {...(fault !== undefined && pick.choice !== 'typed' && { 'aria-invalid': true as const })}
        onChange={(event) => onPick(field, { ...pick, choice: event.currentTarget.value as Choice })}
      >
        {offered.map((choice) => (
          <option key={choice} value={choice}>
            {CHOICE_WORDS[choice]}
          </option>
        ))}
      </select>
      {pick.choice === 'typed' && form && (
        <ValueField field={form} text={pick.text} fault={fault} onInput={(text) => onPick(field, { ...pick, text })} />
      )}
      {pick.choice !== 'typed' && fault !== undefined && <p class="fault">{fault}</p>}
    </>
  );
}
