/** What is known of where a document is, in words. */
import type { DatabaseCopyView, Held } from '../../../../admin/documents/database-copies.ts';
import type { Confirmation } from '../../../../admin/documents/device-copies.ts';
import type { DocumentView } from '../../../../admin/documents/document-inspection.ts';
import type { RevisionView } from '../../../../admin/documents/revision-tree.ts';
import type { Origin } from '../../../../documents/write/made-revision.ts';
import { counted } from '../../format.ts';
import type { Tone } from '../../ui/badge.tsx';

export const ORIGIN_WORDS: Readonly<Record<Origin, string>> = {
  device: 'Pushed by a device',
  online: 'Written online',
  server: 'Written by the server or an import',
  merge: 'Merge of two changes',
  merged_side: 'End of a side that was merged',
  follow_patient: 'Followed its patient to other clinics',
  withdrawal: 'Repeated, to tell its author that it is out of sight',
  rules_change: 'Repeated after a change of the rules, or a rebuild',
  clinic_kept: 'Kept, as a patient had come into its care',
  erasure: 'Erasure',
};

/** `3-ab12cd`: enough to tell revisions apart. */
export const shortRev = (rev: string): string => rev.slice(0, rev.indexOf('-') + 7);

/** What it is, for everyone who does not see the drawing. */
export function kindOf({ kept, deleted, origin }: RevisionView): string {
  if (!kept) return 'Forgotten: only its place in the tree is known';
  const how = origin === undefined ? 'Revision' : ORIGIN_WORDS[origin];
  return deleted && origin !== 'merged_side' && origin !== 'erasure' ? `Deletion, ${how.toLowerCase()}` : how;
}

export const placeOf = ({ winner, leaf }: RevisionView): string | undefined =>
  winner ? 'present' : leaf ? 'end of a branch' : undefined;

export const HELD_WORDS: Readonly<Record<Held, string>> = {
  whole: 'whole',
  part: 'in part',
  tombstone: 'that it is gone',
  nothing: 'nothing',
};

export const CONFIRMATION: Readonly<Record<Confirmation, readonly [Tone, string]>> = {
  confirmed: ['ok', 'has it'],
  to_pull: ['attention', 'still to pull'],
  not_collected: ['quiet', 'asks for other types only'],
  not_known: ['quiet', 'too far behind to tell'],
};

export interface Summary {
  readonly tone: Tone;
  readonly title: string;
  readonly text: string;
}

/** The first thing to know, and what to do about it. */
export function summaryOf({ databases, devices, erased, deleted }: DocumentView): Summary {
  const wrong = databases.filter(({ right }) => right === false);
  if (wrong.length > 0)
    return {
      tone: 'problem',
      title: `${counted(wrong.length, 'role database')} ${wrong.length === 1 ? 'does' : 'do'} not hold what the rules say`,
      text: `${wrong.map(({ database }) => database).join(', ')}: see whether the projector lags, on the overview; where it does not, rebuild the database under Role databases.`,
    };
  const holding = databases.filter(isHolding).length;
  const behind = devices.items.filter(({ confirmation }) => confirmation === 'to_pull').length;
  const unknown = devices.items.filter(({ confirmation }) => confirmation === 'not_known').length;
  const what = erased ? 'What is left of it, that it was erased,' : deleted ? 'That it is deleted' : 'It';
  const where = `${what} is in ${counted(holding, 'role database')}, as the rules say.`;
  if (devices.total === 0) return { tone: 'ok', title: where, text: 'No device syncs one of them.' };
  const more =
    devices.total > devices.items.length ? ` Of ${counted(devices.total, 'device')}, the last heard of are shown.` : '';
  if (behind + unknown === 0)
    return { tone: 'ok', title: where, text: `Every device shown that asks for it has confirmed it.${more}` };
  const waiting = [
    ...(behind > 0 ? [`${counted(behind, 'device')} ${behind === 1 ? 'has' : 'have'} not confirmed it yet`] : []),
    ...(unknown > 0 ? [`of ${counted(unknown, 'device')} it cannot be told`] : []),
  ].join(', and ');
  return {
    tone: 'info',
    title: where,
    text: `${waiting}: each gets it when it syncs; look at when it was last heard of.${more}`,
  };
}

const isHolding = ({ holds }: DatabaseCopyView): boolean => holds !== undefined && holds.holds !== 'nothing';
