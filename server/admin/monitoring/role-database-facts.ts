/** How big a role database is, and how far. */
export interface RoleDatabaseFacts {
  readonly name: string;
  /** Documents that are not deleted. */
  readonly documents: number;
  /** On disk. */
  readonly bytes: number;
  readonly updateSeq: string;
  /** ISO 8601: when it was so. */
  readonly readAt: string;
}
