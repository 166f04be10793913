/** What is tried, as it stands in the address: it can be sent to somebody, and gone back to. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { ROLES, scopeOf } from '../../../../../shared-schemas/roles.ts';
import type { TrialView } from '../../../../admin/rules/rule-trial.ts';
import { ApiProblem, fetchJson } from '../../api.ts';

export type Query = Readonly<Record<string, string>>;

/** Whose rules, in the words of the API; undefined where that is not said yet. */
export function personOf({ username = '', role = '', clinicId = '', patientId = '' }: Query) {
  const clinic = clinicId === '' ? {} : { clinicId };
  if (username !== '') return { username, ...clinic };
  const known = ROLES.find((one) => one === role);
  if (known === undefined) return undefined;
  if (scopeOf(known) === 'patient') return patientId === '' ? undefined : { role, patientId };
  if (scopeOf(known) === 'clinic') return clinicId === '' ? undefined : { role, ...clinic };
  return { role };
}

export type Change = { readonly set: Readonly<Record<string, unknown>> } | { readonly delete: true };

export interface Trial {
  readonly view: TrialView | undefined;
  readonly error: unknown;
  readonly trying: boolean;
  /** When `view` came, milliseconds since 1970. */
  readonly atMs: number | undefined;
  readonly again: () => void;
}

export const tryRules = (body: object): Promise<TrialView> =>
  fetchJson<TrialView>('/api/admin/rules/try', { method: 'POST', body });

type State = Omit<Trial, 'again'> & { readonly of: string | undefined };
const NOTHING = { view: undefined, error: undefined, trying: false, atMs: undefined };

/** Tries as soon as both are said, and when it is asked for again: each trial is recorded, so news alone is no reason. */
export function useTrial(person: object | undefined, documentId: string, rev: string): Trial {
  const asked =
    person === undefined || documentId === ''
      ? undefined
      : JSON.stringify({ ...person, documentId, ...(rev !== '' && { rev }) });
  const [state, setState] = useState<State>({ ...NOTHING, of: undefined });
  const latest = useRef(asked);
  latest.current = asked;
  const run = async () => {
    if (asked === undefined) return;
    setState((before) => ({ ...(before.of === asked ? before : NOTHING), of: asked, trying: true }));
    const settle = (outcome: Partial<State>) => {
      if (latest.current === asked) setState((before) => ({ ...before, error: undefined, ...outcome, trying: false }));
    };
    try {
      settle({ view: await tryRules(JSON.parse(asked) as object), atMs: Date.now() });
    } catch (error) {
      settle({ error });
    }
  };
  useEffect(() => void run(), [asked]);
  const { of, ...shown } = state;
  return { ...(of === asked ? shown : NOTHING), again: () => void run() };
}

/** The clinics to choose from, where an account has several and none is named. */
export const clinicsToChoose = (error: unknown): readonly string[] =>
  error instanceof ApiProblem && error.code === 'clinic_required' && Array.isArray(error.extra.clinicIds)
    ? (error.extra.clinicIds as string[])
    : [];
