/** What the server has: the primary database, read whole. */
import type { RuleDocument } from '../../../sync-rules/document.ts';
import type { Core } from '../../documents/core.ts';
import { asDocument } from '../../documents/write/document-policy.ts';

/** Every live document, as its winning revision says. */
export async function primaryDocuments({ primary }: Pick<Core, 'primary'>): Promise<RuleDocument[]> {
  const documents: RuleDocument[] = [];
  for await (const rows of primary.walk({})) documents.push(...rows.map(({ id, body }) => asDocument(id, body)));
  return documents;
}
