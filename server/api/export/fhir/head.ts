/** What every resource begins with: its id, its version, its labels and our id. */
import { createHash } from 'node:crypto';
import type { Coding, Identifier, Meta } from 'fhir/r4.js';
import type { Exported } from '../patient-export.ts';
import { fhirId } from './fhir-id.ts';
import { ID_SYSTEM } from './systems.ts';
import { instantOf } from './times.ts';

const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/;

const RESTRICTED: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  code: 'R',
  display: 'restricted',
};

/** @param part names the resource among those that the document becomes; without it, it stands for the document */
export const headOf = <T extends string>(resourceType: T, document: Exported, part?: string) => ({
  resourceType,
  id: fhirId(document._id, part),
  meta: metaOf(document),
  identifier: [identifierOf(document._id, part)],
});

export const identifierOf = (id: string, part?: string): Identifier => ({
  system: ID_SYSTEM,
  value: part === undefined ? id : `${id}#${part}`,
});

/** All that is made of a confidential record is restricted, not the visit alone. */
export const metaOf = (document: Exported): Meta => ({
  versionId: versionIdOf(document._rev),
  lastUpdated: instantOf(document.updatedAt),
  security: 'confidential' in document && document.confidential ? [RESTRICTED] : [],
});

/** Replication lets a device choose the name of a revision: one that is no FHIR id is replaced by its hash. */
function versionIdOf(rev: string | undefined): string | undefined {
  if (rev === undefined || FHIR_ID.test(rev)) return rev;
  return `${Number.parseInt(rev, 10)}-${createHash('sha256').update(rev).digest('hex').slice(0, 32)}`;
}
