/** The rules, for administrators: the access table, and what it means for one person and one document. */
import type { InspectionEvent } from '../../audit/inspection-events.ts';
import { type ApiRoute, route } from '../../http/api-route.ts';
import { rulesView } from './rule-rows.ts';
import { type RuleTrialOptions, type RunTrial, tryRules } from './rule-trial.ts';
import { describedTrial, type TrialInput, trialSchema } from './trial-input.ts';
import { rulesSchema, trialViewSchema } from './trial-schemas.ts';

export interface RulesRoutesOptions extends RuleTrialOptions {
  readonly maxDocumentBytes: number;
  readonly record: (event: InspectionEvent) => Promise<void>;
}

/** Room for what surrounds a document and a change of it. */
const SLACK_BYTES = 8 * 1_024;

const common = { tag: 'replication', access: { roles: ['admin'] } } as const;

export const rulesRoutes = (options: RulesRoutesOptions): ApiRoute[] => [
  route({
    ...common,
    method: 'get',
    path: '/admin/rules',
    summary: 'Read the access table, by role',
    description: 'The rows that gateway, REST and projector follow. What no row allows is refused.',
    answers: { 200: { description: 'Every row, with its conditions in words', schema: rulesSchema } },
    handle: () => Promise.resolve({ body: rulesView() }),
  }),
  route({
    ...common,
    method: 'post',
    path: '/admin/rules/try',
    summary: 'Try the rules on a person and a document',
    description:
      'Answers what they see of it and by which row, as it syncs and as REST answers it, what they may write, and what would ' +
      'become of a change. Nothing is written but that it was asked. A made-up document is by someone else, made now, and of ' +
      'the clinic of the person, where its fields say nothing else.',
    body: {
      schema: trialSchema,
      described: describedTrial,
      limitBytes: 2 * options.maxDocumentBytes + SLACK_BYTES,
    },
    answers: { 200: { description: 'What the rules say', schema: trialViewSchema } },
    errors: ['clinic_required', 'not_found'],
    handle: async ({ principal, body }) => {
      const trial = await tryRules(options, body);
      await options.record(eventOf(trial, body, principal.userId));
      return { body: trial.view };
    },
  }),
];

function eventOf({ person, view }: RunTrial, { change, rev }: TrialInput, by: string): InspectionEvent {
  const { userId, role, clinicId, patientId } = person.principal;
  const what = change && (change.delete ? 'delete' : change.create ? 'create' : 'set');
  return {
    ...{ kind: 'rules_tried', role, by },
    ...(person.account && { userId }),
    ...(clinicId !== undefined && { clinicId }),
    ...(patientId !== undefined && { patientId }),
    ...(!view.document.madeUp && { documentId: view.document.documentId }),
    ...(rev !== undefined && { rev }),
    ...(what && { change: what }),
  };
}
