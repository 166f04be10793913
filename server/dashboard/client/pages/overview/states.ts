/** The states of clinics, in words, with their looks. The worst first. */
import type { ClinicState } from '../../../../admin/monitoring/clinic-health.ts';
import type { Tone } from '../../ui/badge.tsx';

export const STATES: readonly ClinicState[] = ['problem', 'attention', 'quiet', 'ok'];
export const STATE_NAMES: Readonly<Record<ClinicState, string>> = {
  problem: 'Problem',
  attention: 'Needs attention',
  quiet: 'Not in use',
  ok: 'In order',
};
export const TONES: Readonly<Record<ClinicState, Tone>> = {
  problem: 'problem',
  attention: 'attention',
  quiet: 'quiet',
  ok: 'ok',
};
