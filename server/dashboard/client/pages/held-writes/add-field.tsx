/** Gives a value to a field that no side has. */
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import type { Row } from './choices.ts';

interface AddFieldProps {
  readonly detail: HeldWriteDetail;
  readonly rows: readonly Row[];
  readonly onAdd: (field: string) => void;
}

export function AddField({ detail, rows, onAdd }: AddFieldProps) {
  const there = new Set(rows.map(({ field }) => field));
  const others = detail.form.filter(({ field }) => !there.has(field));
  if (others.length === 0) return null;
  return (
    <div class="held-add">
      <select
        class="input"
        aria-label="Give another field a value"
        value=""
        onChange={(event) => onAdd(event.currentTarget.value)}
      >
        <option value="">Give another field a value…</option>
        {others.map(({ field }) => (
          <option key={field} value={field}>
            {field}
          </option>
        ))}
      </select>
    </div>
  );
}
