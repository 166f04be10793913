/**
 * The body of a tombstone on the per-type sync routes. RxDB validates tombstones against the collection's schema, so a
 * deleted document is sent with a value of the right form, and no content, in every required field.
 */
import { type DocumentType, schemas } from './document-types.ts';
import { parseId } from './ids.ts';

interface SchemaNode {
  readonly type: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
}

const EMPTY_OF_FORMAT: Readonly<Record<string, string>> = {
  date: '1970-01-01',
  'date-time': '1970-01-01T00:00:00.000Z',
  email: 'none@invalid.example',
};

function emptyValue(node: SchemaNode): unknown {
  if (node.enum) return node.enum[0];
  switch (node.type) {
    case 'array':
      return Array.from({ length: node.minItems ?? 0 }, () => emptyValue(node.items ?? { type: 'string' }));
    case 'object':
      return Object.fromEntries(
        (node.required ?? []).map((key) => [key, emptyValue(node.properties?.[key] ?? { type: 'string' })]),
      );
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return node.minimum ?? 0;
    default:
      // `x` is the shortest text every pattern of a required field that is not handled by its id accepts.
      return EMPTY_OF_FORMAT[node.format ?? ''] ?? ('pattern' in node ? 'x' : '-'.repeat(node.minLength ?? 0));
  }
}

const templates = new Map<DocumentType, Readonly<Record<string, unknown>>>(
  (Object.keys(schemas) as DocumentType[]).map((type) => [
    type,
    emptyValue(schemas[type] as unknown as SchemaNode) as Record<string, unknown>,
  ]),
);

/** A document of `type` that says nothing but is valid; `id` must be an id of that type. */
export function emptyDocument(type: DocumentType, id: string): Record<string, unknown> {
  const patientId = parseId(id)?.patientId;
  return { ...templates.get(type), _id: id, ...(patientId !== undefined && { patientId }) };
}
