/** Addresses of resources inside a bundle, by which they refer to each other. */
import { createHash } from 'node:crypto';
import type { Reference } from 'fhir/r4.js';

/** Ours alone: it keeps our names apart from those that others make UUIDs of. */
const NAMESPACE = Buffer.from('21f8a6bd848d4529a3eed104625882fb', 'hex');

/**
 * The same UUID for the same resource in every export (version 5, RFC 9562 5.5): servers that take a bundle in resolve
 * `urn:uuid:` addresses and hardly any other form of URN.
 */
export function fullUrlOf({ resourceType, id }: { readonly resourceType: string; readonly id?: string | undefined }) {
  const hash = createHash('sha1').update(NAMESPACE).update(`${resourceType}/${id}`).digest().subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const uuid = hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return `urn:uuid:${uuid}`;
}

export const referenceTo = (resource: {
  readonly resourceType: string;
  readonly id?: string | undefined;
}): Reference => ({
  reference: fullUrlOf(resource),
});
