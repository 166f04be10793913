import { expect } from 'vitest';
import type { ImportWriter, WriteCounts } from '../../../server/tools/import/import-writer.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import { validateDocument } from '../../../shared-schemas/validate.ts';
import type { RuleDocument } from '../../../sync-rules/document.ts';

/** An ImportWriter that keeps documents in memory and lets only valid ones in. */
export class MemoryWriter implements ImportWriter {
  readonly documents = new Map<string, RuleDocument>();
  readonly batches: number[] = [];

  async put(documents: readonly RuleDocument[]): Promise<WriteCounts> {
    const counts = { created: 0, updated: 0, unchanged: 0 };
    this.batches.push(documents.length);
    for (const document of documents) {
      expect(validateDocument(document.type, document)).toEqual([]);
      expect(parseId(document._id)?.type).toBe(document.type);
      counts[this.#put(document)] += 1;
    }
    return counts;
  }

  ofType(type: RuleDocument['type']): RuleDocument[] {
    return [...this.documents.values()].filter((document) => document.type === type);
  }

  #put(document: RuleDocument): keyof WriteCounts {
    const stored = this.documents.get(document._id);
    this.documents.set(document._id, document);
    if (!stored) return 'created';
    return JSON.stringify(stored) === JSON.stringify(document) ? 'unchanged' : 'updated';
  }
}
