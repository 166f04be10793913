/** Documents and people for the tests of the rules, and the question that they all ask. */
import type { DocumentType } from '../../shared-schemas/document-types.ts';
import { clinicDocId, patientDocId } from '../../shared-schemas/ids.ts';
import type { Role } from '../../shared-schemas/roles.ts';
import { authorizeWrite, type WriteRequest } from '../../sync-rules/authorize-write.ts';
import type { RuleDocument } from '../../sync-rules/document.ts';
import { fillHiddenFields } from '../../sync-rules/hidden-fields.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import type { RefusalCode } from '../../sync-rules/refusal.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const NOW = Date.parse('2026-03-02T12:00:00.000Z');
export const iso = (timeMs: number): string => new Date(timeMs).toISOString();
/** When the stored documents were created and last changed. */
export const CREATED = NOW - HOUR;

const ULID = '01h2xcejqtf2nbrexx3vqjhp41';
export const PATIENT_ID = `p${ULID}`;
export const OTHER_PATIENT_ID = 'p01h2xcejqtf2nbrexx3vqjhp42';

export const PEOPLE: Readonly<Record<Role, Principal>> = {
  admin: { userId: 'uadmin', role: 'admin' },
  doctor: { userId: 'udoctor', role: 'doctor', clinicId: 'north' },
  nurse: { userId: 'unurse', role: 'nurse', clinicId: 'north' },
  pharmacist: { userId: 'upharmacist', role: 'pharmacist', clinicId: 'north' },
  patient: { userId: 'upatient', role: 'patient', patientId: PATIENT_ID },
};
export const { admin, doctor, nurse, pharmacist, patient } = PEOPLE;
export const someoneElse = 'usomeoneelse';

export const CONTENT: Readonly<Record<DocumentType, Readonly<Record<string, unknown>>>> = {
  patient: { firstName: 'Ada', lastName: 'Example', sex: 'female', birthDate: '1980-05-17', staffNotes: 'Anxious' },
  record: { diagnosis: 'Acute bronchitis', notes: 'Cough' },
  prescription: {
    patientName: 'Ada Example',
    patientBirthDate: '1980-05-17',
    lines: [{ drugName: 'Amoxicillin', dose: '500 mg' }],
    status: 'pending',
    notes: 'Allergy checked',
    reason: 'Bronchitis',
  },
  procedure: { name: 'Spirometry', status: 'planned' },
  vaccine: { name: 'Influenza', administeredAt: iso(NOW - HOUR) },
  vital: { measuredAt: iso(NOW - HOUR), heartRatePerMinute: 72 },
  appointment: { startsAt: iso(NOW + 24 * HOUR), status: 'scheduled' },
  drug: { name: 'Amoxicillin' },
  clinic: { slug: 'north', name: 'North' },
  staff: { name: 'Dr. Example', role: 'doctor', userId: someoneElse, licenceNumber: 'L-1', privatePhone: '+1 555' },
};

/** A field of each type that has nothing special about it, and another value for it. */
export const ORDINARY_CHANGE: Readonly<Record<DocumentType, Readonly<Record<string, unknown>>>> = {
  patient: { lastName: 'Sample' },
  record: { notes: 'Cough, fever' },
  prescription: { lines: [{ drugName: 'Amoxicillin', dose: '750 mg' }] },
  procedure: { description: 'With bronchodilator' },
  vaccine: { lotNumber: 'A-7' },
  vital: { heartRatePerMinute: 75 },
  appointment: { durationMinutes: 30 },
  drug: { form: 'tablet' },
  clinic: { address: '1 Main Street' },
  staff: { speciality: 'Pulmonology' },
};

function idOf(type: DocumentType, patientId: string): string {
  if (type === 'patient') return patientDocId(patientId);
  if (type === 'clinic') return clinicDocId('north');
  return `${type === 'drug' || type === 'staff' ? type : patientId}:${type}:${ULID}`;
}

/** A document of the clinic `north`, created an hour ago. Fields that are undefined are left out. */
export function documentOf(type: DocumentType, createdBy: string, more: Record<string, unknown> = {}): RuleDocument {
  const reference = type === 'drug' || type === 'clinic' || type === 'staff';
  const patientId = String(more.patientId ?? PATIENT_ID);
  return defined({
    _id: idOf(type, patientId),
    type,
    ...(!reference && { patientId, clinicIds: ['north'] }),
    schemaVersion: 1,
    createdAt: iso(CREATED),
    createdBy,
    updatedAt: iso(CREATED),
    updatedBy: createdBy,
    ...CONTENT[type],
    ...more,
  }) as RuleDocument;
}

/** What the principal makes of `stored`, `after` milliseconds after it was created. */
export const edited = (
  principal: Principal,
  stored: RuleDocument,
  changes: Record<string, unknown>,
  after = HOUR,
): RuleDocument =>
  defined({
    ...stored,
    updatedAt: iso(Date.parse(String(stored.createdAt)) + after),
    updatedBy: principal.userId,
    ...changes,
  }) as RuleDocument;

const defined = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

export type Answer = 'allowed' | RefusalCode;

/** The refusal's code, or `allowed`. What the principal can't see is filled in as the server does. */
export function judge({ nowMs = NOW, ...request }: Omit<WriteRequest, 'nowMs'> & { nowMs?: number }): Answer {
  const base = request.parent ?? request.stored?.body;
  const body = fillHiddenFields(request.principal, request.incoming.body, base);
  const decision = authorizeWrite({ ...request, incoming: { ...request.incoming, body }, nowMs });
  return decision.allowed ? 'allowed' : decision.code;
}

type Options = Partial<Omit<WriteRequest, 'principal' | 'incoming' | 'stored'>>;
const live = (body: RuleDocument) => ({ body, deleted: false });

export const create = (principal: Principal, body: RuleDocument, options: Options = {}): Answer =>
  judge({ principal, incoming: live(body), ...options });

export const update = (
  principal: Principal,
  stored: RuleDocument,
  changes: Record<string, unknown>,
  { after = HOUR, ...options }: Options & { after?: number } = {},
): Answer => {
  const incoming = live(edited(principal, options.parent ?? stored, changes, after));
  return judge({ principal, stored: live(stored), incoming, ...options });
};

/** A deletion as PouchDB sends it: it carries no times. */
export const remove = (principal: Principal, stored: RuleDocument, options: Options = {}): Answer => {
  const { _id, type, patientId, clinicIds, createdAt, createdBy } = stored;
  const body = defined({ _id, type, patientId, clinicIds, createdAt, createdBy }) as unknown as RuleDocument;
  return judge({ principal, stored: live(stored), incoming: { body, deleted: true }, ...options });
};
