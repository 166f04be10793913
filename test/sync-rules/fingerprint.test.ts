/**
 * Role databases say under which rules they were built, by this fingerprint. If its text changes though the reading rules do
 * not (another order of keys is enough), a server that opens its data again rebuilds every role database, and tablets read
 * everything anew. Whoever changes a reading rule, or adds a role, writes the new hash here.
 */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { projectionFingerprint } from '../../sync-rules/projection.ts';

it('the fingerprint of the reading rules is the one that existing data was built under', () => {
  expect(createHash('sha256').update(projectionFingerprint()).digest('hex')).toBe(
    '8176f5efd5d81c284b9e96ef2db5b8828ed936bf73c77db5ee9a2940af56a6fc',
  );
});
