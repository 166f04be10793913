/** Accepting a held write: says what will be written, and asks where it would write over what somebody else wrote since. */
import { useState } from 'preact/hooks';
import type { HeldWriteDetail } from '../../../../admin/held-writes/held-write-views.ts';
import { ApiProblem, fetchJson } from '../../api.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Checkbox, TextArea } from '../../ui/fields.tsx';
import { Notice } from '../../ui/notice.tsx';
import { isStored, type Plan, type Planned } from './choices.ts';
import { typeWords, whoOf } from './document-words.ts';
import { briefly } from './field-value.tsx';
import { HELD_WRITES } from './held-query.ts';
import { MAX_NOTE } from './reject-dialog.tsx';

interface AcceptDialogProps {
  readonly detail: HeldWriteDetail;
  readonly plan: Plan;
  readonly onAccepted: (decided: HeldWriteDetail) => void;
  /** The document as it would be does not fit its schema, or the request is not understood. */
  readonly onFaults: (problem: ApiProblem) => void;
  /** What is shown is no longer so. */
  readonly onOutdated: () => void;
  readonly onClose: () => void;
}

export function AcceptDialog({ detail, plan, onAccepted, onFaults, onOutdated, onClose }: AcceptDialogProps) {
  const [note, setNote] = useState('');
  // Fields that the server names, because this page knew nothing of them.
  const [asked, setAsked] = useState<readonly string[]>([]);
  // The revision that was seen when it was ticked: what comes after it has not been.
  const [seenRev, setSeenRev] = useState<string>();
  const overwritten = detail.stored?.deleted ? ['_deleted'] : [...new Set([...plan.conflicts, ...asked])];
  const isSeen = seenRev !== undefined && seenRev === detail.stored?.rev;

  const accept = async () => {
    if (overwritten.length > 0 && !isSeen) throw new Error('Tick that you have seen what is written over, or cancel.');
    try {
      onAccepted(
        await fetchJson<HeldWriteDetail>(`${HELD_WRITES}/${detail.id}/accept`, {
          method: 'POST',
          body: { ...plan.acceptance, ...(note.trim() !== '' && { note }) },
          ...(isSeen && { headers: { 'If-Match': `"${seenRev}"` } }),
        }),
      );
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (error.status === 422 || error.status === 400) return onFaults(error);
      if (error.status !== 409 && error.status !== 412) throw error;
      setSeenRev(undefined);
      if (Array.isArray(error.extra.fields)) setAsked(error.extra.fields as string[]);
      onOutdated();
      throw new Error(outdatedWords(error));
    }
  };
  return (
    <ConfirmDialog title={titleOf(detail)} action="Accept" onConfirm={accept} onClose={onClose}>
      <p>
        {effectOf(detail, plan)} It is written in your name, on behalf of {whoOf(detail.userName, detail.userId)}, under
        the usual rules.
      </p>
      <Writes writes={plan.writes} />
      {overwritten.length > 0 && (
        <Notice tone="attention" title={overwriteTitle(overwritten, detail)}>
          <NowStored fields={overwritten} detail={detail} />
          <Checkbox
            label="I have seen what is stored now; write over it"
            checked={isSeen}
            onChange={(on) => setSeenRev(on ? detail.stored?.rev : undefined)}
          />
        </Notice>
      )}
      <TextArea
        label="Note (not needed)"
        hint="In your words. Not sent to tablets; do not name the patient."
        value={note}
        onInput={setNote}
        maxLength={MAX_NOTE}
      />
    </ConfirmDialog>
  );
}

function titleOf({ deleted, documentId }: HeldWriteDetail): string {
  return deleted ? `Delete the ${typeWords(documentId)}?` : 'Accept this write?';
}

function effectOf(detail: HeldWriteDetail, { writes }: Plan): string {
  if (detail.deleted) {
    return isStored(detail)
      ? 'The document is deleted, everywhere.'
      : 'There is no document any more: nothing is left to delete, and the entry is closed.';
  }
  if (detail.stored?.deleted) return 'The document was deleted since: it comes back, with these fields.';
  if (!detail.stored) return 'A new document is stored, with these fields.';
  return writes.length === 0
    ? 'The document is already as it should be: nothing is left to write, and the entry is closed.'
    : 'These fields of the document are written; the others stay as they are.';
}

function Writes({ writes }: { readonly writes: readonly Planned[] }) {
  if (writes.length === 0) return null;
  return (
    <ul class="held-writes">
      {writes.map(({ field, from, to }) => (
        <li key={field}>
          <strong>{field}</strong>: {from === undefined ? '' : `${briefly(from)} → `}
          {briefly(to)}
        </li>
      ))}
    </ul>
  );
}

function overwriteTitle(fields: readonly string[], { deleted, stored }: HeldWriteDetail): string {
  if (stored?.deleted) return 'Somebody deleted the document since';
  if (deleted) return 'Somebody changed the document since: the deletion would undo that';
  return fields.length === 1 ? 'Somebody changed this field since' : 'Somebody changed these fields since';
}

function NowStored({ fields, detail }: { readonly fields: readonly string[]; readonly detail: HeldWriteDetail }) {
  if (detail.stored?.deleted) return <p>Accepting brings it back.</p>;
  return (
    <ul>
      {fields.map((field) => (
        <li key={field}>
          {field}: stored now is {briefly(detail.stored?.body[field])}
        </li>
      ))}
    </ul>
  );
}

function outdatedWords({ code, extra }: ApiProblem): string {
  if (code === 'wrong_state') return 'Somebody else decided on it in between: close this to see what was decided.';
  const fields = Array.isArray(extra.fields) ? extra.fields.filter((field) => field !== '_deleted') : [];
  const what = fields.length > 0 ? ` (${fields.join(', ')})` : '';
  return `Nothing was written: the document was changed in between${what}. Look at what is stored now, and accept again.`;
}
