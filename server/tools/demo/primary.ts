/** What the server has: the primary database, read whole. */
import type { RuleDocument } from '../../../sync-rules/document.ts';
import type { Core } from '../../documents/core.ts';
import { asDocument } from '../../documents/write/document-policy.ts';

const PAGE = 1_000;

/** Every live document, as its winning revision says. */
export async function primaryDocuments({ primary }: Pick<Core, 'primary'>): Promise<RuleDocument[]> {
  const documents: RuleDocument[] = [];
  let startKey = '';
  for (;;) {
    const rows = await primary.range({ startKey, limit: PAGE });
    documents.push(...rows.map(({ id, body }) => asDocument(id, body)));
    const last = rows.at(-1)?.id;
    if (rows.length < PAGE || last === undefined) return documents;
    startKey = `${last}\u0000`;
  }
}
