/** What a new document of an online client is given where the client says nothing: what a tablet would have filled in itself. */
import { type DocumentType, isReferenceType } from '../../shared-schemas/document-types.ts';
import { BOOKKEEPING_FIELDS, FIXED_FIELDS } from '../../sync-rules/access-table.ts';

export interface DefaultContext {
  /** ISO 8601. */
  readonly now: string;
  /** The patient it belongs to, as the author sees the patient. */
  readonly patient?: Readonly<Record<string, unknown>>;
}

type Default = (context: DefaultContext) => unknown;

const now: Default = (context) => context.now;

const DEFAULTS: Readonly<Partial<Record<DocumentType, Readonly<Record<string, Default>>>>> = {
  record: { visitedAt: now },
  prescription: {
    status: () => 'pending',
    // A pharmacist has no patient record to look them up in.
    patientName: ({ patient }) => patient && `${String(patient.firstName)} ${String(patient.lastName)}`,
    patientBirthDate: ({ patient }) => patient?.birthDate,
  },
  procedure: { status: () => 'planned' },
  vaccine: { administeredAt: now },
  vital: { measuredAt: now },
  appointment: { status: () => 'scheduled' },
};

export function defaultsOf(type: DocumentType, context: DefaultContext): Record<string, unknown> {
  const values = Object.entries(DEFAULTS[type] ?? {}).map(([field, value]) => [field, value(context)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The required fields of a new document that a client may leave out: the server makes them. */
export const madeFields = (type: DocumentType): readonly string[] => [
  ...FIXED_FIELDS.filter((field) => field !== 'patientId' || type === 'patient'),
  ...BOOKKEEPING_FIELDS,
  ...(isReferenceType(type) ? [] : ['clinicIds']),
  ...Object.keys(DEFAULTS[type] ?? {}),
];
