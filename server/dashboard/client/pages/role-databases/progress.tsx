/** How far something is: a bar, and the same in numbers. */
import { formatCount } from '../../format.ts';
import { percentOf } from './role-database-words.ts';

interface ProgressProps {
  /** What it is the progress of, for screen readers. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** What is counted, in the plural. */
  readonly unit: string;
}

export function Progress({ label, done, total, unit }: ProgressProps) {
  return (
    <div class="progress">
      <progress aria-label={label} max={Math.max(total, 1)} value={done} />
      <span>
        {percentOf(done, total)} %{' '}
        <span class="quiet">
          ({formatCount(done)} of about {formatCount(total)} {unit})
        </span>
      </span>
    </div>
  );
}
