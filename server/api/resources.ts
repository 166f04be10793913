/** Under which path each document type is served. */
import { DOCUMENT_TYPES, type DocumentType, schemas } from '../../shared-schemas/document-types.ts';

const UNCOUNTED: readonly DocumentType[] = ['staff'];

const pluralOf = (type: string): string => (type.endsWith('y') ? `${type.slice(0, -1)}ies` : `${type}s`);

export const PATHS = Object.fromEntries(
  DOCUMENT_TYPES.map((type) => [type, UNCOUNTED.includes(type) ? type : pluralOf(type)]),
) as Readonly<Record<DocumentType, string>>;

/** The values of a field that has a fixed list of them; undefined where the type has no such field. */
export function valuesOf(type: DocumentType, field: string): readonly string[] | undefined {
  const properties: Readonly<Record<string, object>> = schemas[type].properties;
  return (properties[field] as { readonly enum?: readonly string[] } | undefined)?.enum;
}
