/** The three sides compared, with a choice for each field; accepting and rejecting. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { type ApiProblem, fetchJson } from '../../api.ts';
import { counted } from '../../format.ts';
import { Checkbox } from '../../ui/fields.tsx';
import { ErrorNotice } from '../../ui/notice.tsx';
import { Section } from '../../ui/page.tsx';
import { AcceptDialog } from './accept-dialog.tsx';
import { AddField } from './add-field.tsx';
import { fieldOfPath, isStored, type Picked, type Picks, planOf, type Row, rowsOf } from './choices.ts';
import { ComparisonTable, type Side } from './comparison-table.tsx';
import { namesDocument } from './document-words.ts';
import { HELD_WRITES } from './held-query.ts';
import { RejectDialog } from './reject-dialog.tsx';
import { ReviewActions } from './review-actions.tsx';

interface ReviewFormProps {
  readonly detail: HeldWriteDetail;
  readonly asked: 'accept' | 'reject' | undefined;
  readonly onAsk: (what: 'accept' | 'reject' | undefined) => void;
  readonly onDecided: (decided: HeldWriteDetail) => void;
  readonly onOutdated: () => void;
}

export function ReviewForm({ detail, asked, onAsk, onDecided, onOutdated }: ReviewFormProps) {
  const [picks, setPicks] = useState<Picks>({});
  const [added, setAdded] = useState<readonly string[]>([]);
  // What is to be deleted is looked at whole.
  const [showAll, setShowAll] = useState(detail.deleted);
  // What the server found wrong with what was sent; gone once something else is chosen.
  const [problem, setProblem] = useState<ApiProblem>();
  const rows = rowsOf(detail, added);
  const plan = planOf(detail, rows, picks);
  const isOpen = !detail.decision;
  const faults = new Map([...faultsOf(problem), ...plan.faults]);
  const shown = rows.filter((row) => showAll || faults.has(row.field) || isTelling(row, picks, added));
  const fit = plan.faults.size === 0 && !plan.isNothing;
  // Asked for by a key before it can be: it must not open by itself later.
  useLayoutEffect(() => {
    if (asked === 'accept' && !fit) onAsk(undefined);
  }, [asked, fit]);
  const pick = (field: string, picked: Picked) => {
    setProblem(undefined);
    setPicks((before) => ({ ...before, [field]: picked }));
  };
  const reject = async (note: string) => {
    const decided = await fetchJson<HeldWriteDetail>(`${HELD_WRITES}/${detail.id}/reject`, {
      method: 'POST',
      body: { note },
    });
    onDecided(decided);
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
          faults={faults}
          onPick={isOpen && !detail.deleted ? pick : undefined}
        />
      )}
      {isOpen && (
        <AddField
          detail={detail}
          rows={rows}
          onAdd={(field) => {
            setAdded([...added, field]);
            pick(field, { choice: 'typed', text: '' });
          }}
        />
      )}
      <ErrorNotice error={problem} title="It was not accepted" />
      {isOpen && <ReviewActions detail={detail} plan={plan} onAsk={onAsk} />}
      {isOpen && asked === 'accept' && fit && (
        <AcceptDialog
          detail={detail}
          plan={plan}
          onAccepted={onDecided}
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
  if (detail.decision) return 'What the author saw, what they made of it, and what is stored now.';
  if (!namesDocument(detail.documentId)) return 'What was sent. It does not have the id of a document.';
  if (detail.deleted) return 'The author deleted the document. This is what it was to them, and what it is now.';
  if (detail.stored?.deleted) return 'The document was deleted since: accepting writes what was held whole.';
  if (!isStored(detail)) return 'The document is new: accepting writes what was held whole, with what you change here.';
  return 'What the author saw, what they made of it, and what it is now. Accepting writes the fields that you choose.';
}

/** By field. */
function faultsOf(problem: ApiProblem | undefined): [string, string][] {
  const faults = Array.isArray(problem?.extra.faults) ? problem.extra.faults : [];
  return faults.map(({ path = '', message = '' }: { path?: string; message?: string }) => [fieldOfPath(path), message]);
}
