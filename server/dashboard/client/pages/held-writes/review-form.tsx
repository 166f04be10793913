/** The three sides compared, with a choice for each field; accepting and rejecting. */
import { useEffect, useState } from 'preact/hooks';
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { type ApiProblem, fetchJson } from '../../api.ts';
import { counted } from '../../format.ts';
import { Checkbox } from '../../ui/fields.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Section } from '../../ui/page.tsx';
import { AcceptDialog } from './accept-dialog.tsx';
import { fieldOfPath, isStored, type Picks, type Plan, planOf, type Row, rowsOf } from './choices.ts';
import { ComparisonTable, type Side } from './comparison-table.tsx';
import { HELD_WRITES } from './held-query.ts';
import { RejectDialog } from './reject-dialog.tsx';

interface ReviewFormProps {
  readonly detail: HeldWriteDetail;
  readonly asked: 'accept' | 'reject' | undefined;
  readonly onAsk: (what: 'accept' | 'reject' | undefined) => void;
  readonly onDecided: (decided: HeldWriteDetail) => Promise<void>;
  readonly onOutdated: () => void;
}

export function ReviewForm({ detail, asked, onAsk, onDecided, onOutdated }: ReviewFormProps) {
  const [picks, setPicks] = useState<Picks>({});
  const [added, setAdded] = useState<readonly string[]>([]);
  const [showAll, setShowAll] = useState(false);
  // What the server found wrong with what was sent; gone once something else is chosen.
  const [problem, setProblem] = useState<ApiProblem>();
  const rows = rowsOf(detail, added);
  const plan = planOf(detail, rows, picks);
  const isOpen = !detail.decision;
  const shown = rows.filter((row) => showAll || isTelling(row, picks, added));
  const fit = plan.faults.size === 0 && !plan.isNothing;
  // Asked for by a key before it can be: it must not open by itself later.
  useEffect(() => {
    if (asked === 'accept' && !fit) onAsk(undefined);
  }, [asked, fit]);
  const reject = async (note: string) => {
    const decided = await fetchJson<HeldWriteDetail>(`${HELD_WRITES}/${detail.id}/reject`, {
      method: 'POST',
      body: { note },
    });
    await onDecided(decided);
  };
  return (
    <Section title="Field by field">
      <p class="quiet">{sidesInWords(detail)}</p>
      <Checkbox label={`Show all ${counted(rows.length, 'field')}`} checked={showAll} onChange={setShowAll} />
      {shown.length === 0 ? (
        <p>No field differs.</p>
      ) : (
        <ComparisonTable
          sides={sidesOf(detail)}
          rows={shown}
          picks={picks}
          faults={new Map([...faultsOf(problem), ...plan.faults])}
          onPick={
            isOpen && !detail.deleted
              ? (field, pick) => {
                  setProblem(undefined);
                  setPicks((before) => ({ ...before, [field]: pick }));
                }
              : undefined
          }
        />
      )}
      {isOpen && (
        <AddField detail={detail} rows={rows} onAdd={(field) => setAdded([...added, field])} picks={setPicks} />
      )}
      <ErrorNotice error={problem} title="It was not accepted" />
      {isOpen && <Actions detail={detail} plan={plan} onAsk={onAsk} />}
      {isOpen && asked === 'accept' && fit && (
        <AcceptDialog
          detail={detail}
          plan={plan}
          onAccepted={(decided) => void onDecided(decided)}
          onFaults={setProblem}
          onOutdated={onOutdated}
          onClose={() => onAsk(undefined)}
        />
      )}
      {isOpen && asked === 'reject' && <RejectDialog count={1} onReject={reject} onClose={() => onAsk(undefined)} />}
    </Section>
  );
}

/** The others are alike on all sides, or only say who wrote when. */
const isTelling = (
  { field, changed, conflict, refusedFor, offered, form, ...sides }: Row,
  picks: Picks,
  added: readonly string[],
) =>
  changed ||
  conflict ||
  refusedFor !== undefined ||
  added.includes(field) ||
  picks[field] !== undefined ||
  (form?.required === true && !('held' in sides) && !('stored' in sides)) ||
  (offered.length > 0 && sides.differs);

function sidesOf(detail: HeldWriteDetail): Side[] {
  const there = { base: detail.base !== undefined, held: !detail.deleted, stored: isStored(detail) };
  return (['base', 'held', 'stored'] as const).filter((side) => there[side]);
}

function sidesInWords(detail: HeldWriteDetail): string {
  if (detail.deleted) return 'The author deleted the document. This is what it was to them, and what it is now.';
  if (detail.stored?.deleted) return 'The document was deleted since: accepting writes what was held whole.';
  if (!isStored(detail)) return 'The document is new: accepting writes what was held whole, with what you change here.';
  return 'What the author saw, what they made of it, and what it is now. Accepting writes the fields that you choose.';
}

function Actions({ detail, plan, onAsk }: { detail: HeldWriteDetail; plan: Plan; onAsk: ReviewFormProps['onAsk'] }) {
  const { faults, writes, isNothing } = plan;
  const words = isNothing
    ? 'Nothing of it is chosen: reject it, or choose a field.'
    : faults.size > 0
      ? `Not yet: see ${[...faults.keys()].join(', ')}.`
      : detail.deleted
        ? 'Accepting deletes the document.'
        : `Accepting writes ${counted(writes.length, 'field')}.`;
  return (
    <div class="held-actions">
      <button
        type="button"
        class="button button-primary"
        disabled={isNothing || faults.size > 0}
        onClick={() => onAsk('accept')}
      >
        {detail.deleted ? 'Accept the deletion…' : 'Accept…'}
      </button>
      <button type="button" class="button button-danger" onClick={() => onAsk('reject')}>
        Reject…
      </button>
      <p role="status">{words}</p>
    </div>
  );
}

interface AddFieldProps {
  readonly detail: HeldWriteDetail;
  readonly rows: readonly Row[];
  readonly onAdd: (field: string) => void;
  readonly picks: (change: (before: Picks) => Picks) => void;
}

/** A value for a field that no side has. */
function AddField({ detail, rows, onAdd, picks }: AddFieldProps) {
  const there = new Set(rows.map(({ field }) => field));
  const others = detail.form.filter(({ field }) => !there.has(field));
  if (others.length === 0) return null;
  return (
    <div class="held-add">
      <select
        class="input"
        aria-label="Give another field a value"
        value=""
        onChange={(event) => {
          const field = event.currentTarget.value;
          onAdd(field);
          picks((before) => ({ ...before, [field]: { choice: 'typed', text: '' } }));
        }}
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

/** By field. */
function faultsOf(problem: ApiProblem | undefined): [string, string][] {
  const faults = Array.isArray(problem?.extra.faults) ? problem.extra.faults : [];
  return faults.map(({ path = '', message = '' }: { path?: string; message?: string }) => [fieldOfPath(path), message]);
}
