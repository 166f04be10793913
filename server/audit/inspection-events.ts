/** What the audit log says of administrators who look into documents: ids only. */
import type { Role } from '../../shared-schemas/roles.ts';

export type InspectionEvent =
  | {
      readonly kind: 'document_inspected';
      readonly documentId: string;
      /** Where one revision was read, and not the document with its whole history. */
      readonly rev?: string;
      /** User id of the administrator. */
      readonly by: string;
    }
  | {
      readonly kind: 'rules_tried';
      /** User id of the account whose rules were tried, where it was one. */
      readonly userId?: string;
      readonly role: Role;
      readonly clinicId?: string;
      readonly patientId?: string;
      /** Absent where the document was made up. */
      readonly documentId?: string;
      readonly rev?: string;
      readonly change?: 'set' | 'delete' | 'create';
      readonly by: string;
    };
