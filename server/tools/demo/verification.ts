/** Does a tablet hold what its user may see: every document, every field, and nothing else? */
import equal from 'fast-deep-equal';
import { DOCUMENT_TYPES, type DocumentType } from '../../../shared-schemas/document-types.ts';
import { abilityOf, readableCopy } from '../../../sync-rules/ability.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';
import type { Core } from '../../documents/core.ts';
import { primaryDocuments } from './primary.ts';
import type { Tablet } from './tablet.ts';

export interface TabletState {
  readonly tablet: Tablet;
  readonly counts: ReadonlyMap<DocumentType, number>;
  readonly held: number;
  readonly expected: number;
  /** Ids of documents that should be there and are not, that are there and should not be, and whose fields differ. */
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly different: readonly string[];
}

export const hasConverged = ({ missing, unexpected, different }: TabletState): boolean =>
  missing.length + unexpected.length + different.length === 0;

/** Compares tablets with the primary database under the access rules, and not with the role databases they sync. */
export async function compareTablets(core: Pick<Core, 'primary'>, tablets: readonly Tablet[]): Promise<TabletState[]> {
  const documents = await primaryDocuments(core);
  return Promise.all(tablets.map((tablet) => compareTablet(documents, tablet)));
}

async function compareTablet(documents: readonly RuleDocument[], tablet: Tablet): Promise<TabletState> {
  const held = await tablet.documents();
  const ability = abilityOf(tablet.principal);
  const expected = new Map(
    documents.flatMap((document) => {
      const readable = readableCopy(ability, document);
      return readable ? [[document._id, readable]] : [];
    }),
  );
  const shared = [...expected.keys()].filter((id) => held.has(id));
  return {
    tablet,
    counts: countByType([...held.values()]),
    held: held.size,
    expected: expected.size,
    missing: [...expected.keys()].filter((id) => !held.has(id)),
    unexpected: [...held.keys()].filter((id) => !expected.has(id)),
    different: shared.filter((id) => !equal(held.get(id), expected.get(id))),
  };
}

function countByType(documents: readonly RuleDocument[]): ReadonlyMap<DocumentType, number> {
  const counts = DOCUMENT_TYPES.map((type) => [type, documents.filter((one) => one.type === type).length] as const);
  return new Map(counts.filter(([, count]) => count > 0));
}
