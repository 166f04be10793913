/** The evaluator that the gateway, the REST API and the projector share, as one value that is handed to them. */
import type { DocumentType } from '../shared-schemas/document-types.ts';
import { abilityOf, abilityOfDatabase, readableCopy, readableFields } from './ability.ts';
import type { Action } from './access-row.ts';
import { authorizeWrite, type Decision, type WriteRequest } from './authorize-write.ts';
import type { RuleDocument, RuleRevision } from './document.ts';
import { fillHiddenFields, hiddenFieldsSent } from './hidden-fields.ts';
import type { Principal } from './principal.ts';
import { type Placement, placement, projectionFingerprint } from './projection.ts';
import type { RoleDatabase } from './role-database.ts';

export interface SyncRules {
  /** Changes whenever a role database could look different under these rules. */
  readonly fingerprint: string;
  placement(revision: RuleRevision): Placement[];
  /** The document as the principal may read it, or undefined. */
  readableCopy(principal: Principal, document: RuleDocument): RuleDocument | undefined;
  /** Whether any row allows the action on documents of the type (and on the field), whatever its conditions. */
  mayEver(principal: Principal, action: Action, type: DocumentType, field?: string): boolean;
  /** Whether the principal may read more of the document than the role database shows to everyone who reads it. */
  readsMoreThan(principal: Principal, document: RuleDocument, database: RoleDatabase): boolean;
  /** Fields of an edit of `parent` that its author may not see, and so must not send. */
  hiddenFieldsSent(principal: Principal, incoming: RuleDocument, parent: RuleDocument | undefined): readonly string[];
  /** `seenIn`: the role database that the principal read `parent` in, where it was read in one. */
  fillHiddenFields(
    principal: Principal,
    incoming: RuleDocument,
    parent: RuleDocument | undefined,
    seenIn?: RoleDatabase,
  ): RuleDocument;
  authorizeWrite(request: WriteRequest): Decision;
}

export const syncRules: SyncRules = {
  fingerprint: projectionFingerprint(),
  placement,
  readableCopy: (principal, document) => readableCopy(abilityOf(principal), document),
  mayEver: (principal, action, type, field) => abilityOf(principal).can(action, type, field),
  readsMoreThan: (principal, document, database) => {
    const [own, all] = [abilityOf(principal), abilityOfDatabase(database)];
    // Without a row of their own there is nothing to compare, which is so for nearly every document.
    if (own.rulesFor('read', document.type).length <= all.rulesFor('read', document.type).length) return false;
    return readableFields(own, document).size > readableFields(all, document).size;
  },
  fillHiddenFields,
  hiddenFieldsSent,
  authorizeWrite,
};
