/** What the audit log says of the erasure of patients. */

export type ErasureEvent =
  | {
      readonly kind: 'erasure_begun';
      readonly patientId: string;
      /** User id of the administrator. */
      readonly by: string;
      /** In the administrator's words, who must not name the patient. */
      readonly reason?: string;
    }
  | {
      readonly kind: 'erasure_completed';
      readonly patientId: string;
      readonly by: string;
      readonly documents: number;
      readonly revisions: number;
      readonly heldWrites: number;
      readonly roleDatabases: number;
    };
