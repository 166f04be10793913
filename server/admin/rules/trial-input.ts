/** What may be asked of a trial of the rules: whose rules, on which document, and which change. */
import { z } from 'zod';
import { DOCUMENT_TYPES, isDocumentType } from '../../../shared-schemas/document-types.ts';
import { isClinicSlug, isPatientId, parseId } from '../../../shared-schemas/ids.ts';
import { ROLES, type Role, scopeOf } from '../../../shared-schemas/roles.ts';
import { contentSchema } from '../../api/documents-routes.ts';
import type { JsonSchema } from '../../http/api-route.ts';
import { REVISION } from '../documents/asked-document.ts';
import { exactly, flag, text } from '../held-writes/held-write-schemas.ts';

const slug = z.string().refine(isClinicSlug, 'must be the slug of a clinic');
const yes = z.literal(true);

export const trialSchema = z
  .strictObject({
    username: z.string().min(1).max(64).optional(),
    role: z.enum(ROLES).optional(),
    clinicId: slug.optional(),
    patientId: z.string().refine(isPatientId, 'must be the id of a patient').optional(),
    userId: z.string().min(1).max(64).optional(),
    documentId: z
      .string()
      .refine((id) => isPatientId(id) || parseId(id) !== undefined, 'is not the id of a document')
      .optional(),
    rev: z.string().regex(REVISION, 'is not a revision').optional(),
    document: contentSchema.refine(({ type }) => isDocumentType(type), 'needs a `type`').optional(),
    change: z
      .strictObject({ set: contentSchema.optional(), delete: yes.optional(), create: yes.optional() })
      .optional(),
  })
  .superRefine((input, context) => {
    for (const [path, message] of faultsOf(input)) context.addIssue({ code: 'custom', path: [path], message });
  });

export interface TrialInput {
  readonly username?: string | undefined;
  readonly role?: Role | undefined;
  readonly clinicId?: string | undefined;
  readonly patientId?: string | undefined;
  readonly userId?: string | undefined;
  readonly documentId?: string | undefined;
  readonly rev?: string | undefined;
  readonly document?: Readonly<Record<string, unknown>> | undefined;
  readonly change?:
    | {
        readonly set?: Readonly<Record<string, unknown>> | undefined;
        readonly delete?: true | undefined;
        readonly create?: true | undefined;
      }
    | undefined;
}

function faultsOf(input: TrialInput): [string, string][] {
  const faults: [string, string][] = [];
  const { document, change } = input;
  if ((input.documentId === undefined) === (document === undefined))
    faults.push(['documentId', 'name a stored document, or make one up as `document`: one of the two']);
  if (input.rev !== undefined && document !== undefined)
    faults.push(['rev', 'a made-up document has no revisions: leave it out']);
  if (document && '_id' in document && !isIdOf(document))
    faults.push(['document', 'its _id and its type do not agree']);
  if (document) faults.push(...routingFaults(document));
  if (change && Object.values(change).filter((one) => one !== undefined).length !== 1)
    faults.push(['change', 'must be one of `set`, `delete` and `create`']);
  if (change?.create && !document) faults.push(['change', 'to create a document, make it up as `document`']);
  return [...faults, ...personFaults(input)];
}

/** What decides where a document goes has to be readable; all else may be as wrong as somebody wants to try. */
const routingFaults = (document: Readonly<Record<string, unknown>>): [string, string][] => [
  ...['patientId', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy']
    .filter((field) => document[field] !== undefined && typeof document[field] !== 'string')
    .map((field): [string, string] => ['document', `${field} must be text`]),
  ...['clinicIds', 'formerClinicIds']
    .filter((field) => document[field] !== undefined && !isListOfText(document[field]))
    .map((field): [string, string] => ['document', `${field} must be a list of slugs`]),
];

const isListOfText = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && isClinicSlug(one));

const isIdOf = ({ _id, type }: Readonly<Record<string, unknown>>): boolean =>
  typeof _id === 'string' && parseId(_id)?.type === type;

function personFaults({ username, role, clinicId, patientId, userId }: TrialInput): [string, string][] {
  if ((username === undefined) === (role === undefined))
    return [['role', 'name an account as `username`, or make a person up by role: one of the two']];
  if (username !== undefined)
    return Object.entries({ patientId, userId }).flatMap(([field, value]) =>
      value === undefined ? [] : [[field, 'is that of the account: leave it out'] as [string, string]],
    );
  const scope = role && scopeOf(role);
  return [
    ...wants(
      'clinicId',
      clinicId,
      scope === 'clinic',
      `a ${role} works for a clinic: name it`,
      `a ${role} works for no clinic`,
    ),
    ...wants('patientId', patientId, scope === 'patient', 'name the patient', `a ${role} is no patient`),
  ];
}

function wants(
  field: string,
  value: string | undefined,
  wanted: boolean,
  lacking: string,
  wrong: string,
): [string, string][] {
  if (wanted === (value !== undefined)) return [];
  return [[field, wanted ? lacking : wrong]];
}

const content = (description: string): JsonSchema => ({ type: 'object', description });

export const describedTrial = exactly(
  {
    username: text('The account whose rules are tried'),
    role: { type: 'string', enum: ROLES, description: 'Instead of an account: someone of this role' },
    clinicId: text('The clinic that they work for; needed where the account has several'),
    patientId: text('Of the patient role: who they are'),
    userId: text('Of someone made up: what documents name them as; nobody where absent'),
    documentId: text("A stored document, or a patient's id"),
    rev: text('An earlier revision of it: a change then grows from that one'),
    document: { ...content('Instead: a document made up'), properties: { type: { enum: DOCUMENT_TYPES } } },
    change: {
      description: 'What they would do to it: one of the three',
      ...exactly(
        {
          set: content('Fields with their new values; null removes one'),
          delete: flag('Delete it'),
          create: flag('Add the document that is made up'),
        },
        ['set', 'delete', 'create'],
      ),
    },
  },
  ['username', 'role', 'clinicId', 'patientId', 'userId', 'documentId', 'rev', 'document', 'change'],
);
