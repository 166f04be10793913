/** The ten document types: their schemas, their TypeScript types and which of them belong to a patient. */
import { type Appointment, appointmentSchema } from './appointment.ts';
import { type Patient, patientSchema } from './patient.ts';
import { type Prescription, prescriptionSchema } from './prescription.ts';
import { type Procedure, procedureSchema } from './procedure.ts';
import { type MedicalRecord, recordSchema } from './record.ts';
import { type Clinic, clinicSchema, type Drug, drugSchema, type Staff, staffSchema } from './reference.ts';
import { type Vaccine, vaccineSchema } from './vaccine.ts';
import { type Vital, vitalSchema } from './vital.ts';

/** One schema per type, usable as an RxDB collection schema as it is. */
export const schemas = {
  patient: patientSchema,
  record: recordSchema,
  prescription: prescriptionSchema,
  procedure: procedureSchema,
  vaccine: vaccineSchema,
  vital: vitalSchema,
  appointment: appointmentSchema,
  drug: drugSchema,
  clinic: clinicSchema,
  staff: staffSchema,
} as const;

export interface DocumentOf {
  patient: Patient;
  record: MedicalRecord;
  prescription: Prescription;
  procedure: Procedure;
  vaccine: Vaccine;
  vital: Vital;
  appointment: Appointment;
  drug: Drug;
  clinic: Clinic;
  staff: Staff;
}

export type DocumentType = keyof typeof schemas;
export type AnyDocument = DocumentOf[DocumentType];

export const DOCUMENT_TYPES = Object.keys(schemas) as readonly DocumentType[];
/** Types whose documents everyone may read, in the reference database. */
export const REFERENCE_TYPES = ['drug', 'clinic', 'staff'] as const satisfies readonly DocumentType[];
export const PATIENT_BOUND_TYPES = DOCUMENT_TYPES.filter(
  (type) => !(REFERENCE_TYPES as readonly string[]).includes(type),
);

export const isDocumentType = (value: unknown): value is DocumentType =>
  typeof value === 'string' && Object.hasOwn(schemas, value);
export const isReferenceType = (type: DocumentType): boolean => (REFERENCE_TYPES as readonly string[]).includes(type);

/** The names of a type's fields. */
export const fieldsOf = (type: DocumentType): readonly string[] => Object.keys(schemas[type].properties);
