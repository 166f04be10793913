/** What the audit log says of exports: who took a patient's whole record, and in which form. */

export interface ExportEvent {
  readonly kind: 'patient_exported';
  readonly patientId: string;
  /** User id of who asked for it. */
  readonly by: string;
  readonly format: 'json' | 'fhir';
}
