/** What the audit log says of the review of held writes, and of what administrators do about replication. */

export type ReviewEvent =
  | {
      readonly kind: 'held_write_accepted';
      readonly heldWriteId: string;
      readonly documentId: string;
      /** The revision that it became. */
      readonly rev: string;
      /** The author of the held write, on whose behalf it was written; absent where that is not known. */
      readonly userId?: string;
      /** User id of the administrator. */
      readonly by: string;
      /** Fields that were written; empty for a deletion. */
      readonly fields: readonly string[];
    }
  | {
      readonly kind: 'held_write_rejected';
      readonly heldWriteId: string;
      readonly documentId: string;
      readonly userId?: string;
      readonly by: string;
    };
