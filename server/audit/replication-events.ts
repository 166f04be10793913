/** What the audit log says of the projector and of role databases. */

export type ReplicationEvent =
  | {
      readonly kind: 'projector_paused' | 'projector_resumed';
      /** User id of the administrator. */
      readonly by: string;
    }
  | {
      readonly kind: 'role_database_rebuild' | 'role_database_comparison';
      readonly database: string;
      readonly by: string;
    };
