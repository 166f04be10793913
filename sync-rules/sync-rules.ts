/** The evaluator that the gateway, the REST API and the projector share, as one value that is handed to them. */
import { abilityOf, readableCopy } from './ability.ts';
import { authorizeWrite, fillHiddenFields, type WriteDecision, type WriteRequest } from './authorize-write.ts';
import type { RuleDocument, RuleRevision } from './document.ts';
import type { Principal } from './principal.ts';
import { type Placement, placement, projectionFingerprint } from './projection.ts';
import type { RoleDatabase } from './role-database.ts';

export interface SyncRules {
  /** Changes whenever a role database could look different under these rules. */
  readonly fingerprint: string;
  placement(revision: RuleRevision): Placement[];
  /** The document as the principal may read it, or undefined. */
  readableCopy(principal: Principal, document: RuleDocument): RuleDocument | undefined;
  /** `seenIn`: the role database that the principal read `parent` in, where it was read in one. */
  fillHiddenFields(
    principal: Principal,
    incoming: RuleDocument,
    parent: RuleDocument | undefined,
    seenIn?: RoleDatabase,
  ): RuleDocument;
  authorizeWrite(request: WriteRequest): WriteDecision;
}

export const syncRules: SyncRules = {
  fingerprint: projectionFingerprint(),
  placement,
  readableCopy: (principal, document) => readableCopy(abilityOf(principal), document),
  fillHiddenFields,
  authorizeWrite,
};
