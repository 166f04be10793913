/** The document types as the description of the API shows them: as answered, as created, as replaced, as patched. */
import { DOCUMENT_TYPES, type DocumentType, schemas } from '../../shared-schemas/document-types.ts';
import { BOOKKEEPING_FIELDS, FIXED_FIELDS } from '../../sync-rules/access-table.ts';
import { type JsonSchema, schemaRef } from '../http/api-route.ts';
import { madeFields } from './defaults.ts';

const REV: JsonSchema = { type: 'string', description: 'The revision; also the ETag of the document' };

export const nameOf = (type: DocumentType): string => `${type.charAt(0).toUpperCase()}${type.slice(1)}`;

/** The document as it is answered. */
export const documentRef = (type: DocumentType): JsonSchema => schemaRef(nameOf(type));
export const newDocumentRef = (type: DocumentType): JsonSchema => schemaRef(`New${nameOf(type)}`);
export const replacementRef = (type: DocumentType): JsonSchema => schemaRef(`${nameOf(type)}Replacement`);
export const patchRef = (type: DocumentType): JsonSchema => schemaRef(`${nameOf(type)}Patch`);

export function documentSchemas(): Record<string, JsonSchema> {
  return Object.fromEntries(
    DOCUMENT_TYPES.flatMap((type) => {
      const name = nameOf(type);
      return [
        [name, answered(type)],
        [`New${name}`, created(type)],
        [`${name}Replacement`, replaced(type)],
        [`${name}Patch`, patched(type)],
      ];
    }),
  );
}

interface Parts {
  readonly description: string;
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

const partsOf = (type: DocumentType): Parts => {
  const { description, properties, required } = schemas[type];
  return { description, properties, required };
};

const objectOf = (
  description: string,
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[],
) => ({
  type: 'object',
  description,
  additionalProperties: false,
  properties,
  ...(required.length > 0 && { required }),
});

/** Fields that a role may not see are left out; none of the required ones is hidden from a role that sees the document. */
function answered(type: DocumentType): JsonSchema {
  const { description, properties, required } = partsOf(type);
  return objectOf(description, { ...properties, _rev: REV }, [...required, '_rev']);
}

function created(type: DocumentType): JsonSchema {
  const { description, properties, required } = partsOf(type);
  const made = madeFields(type);
  return objectOf(
    `${description}. What is not required is filled in by the server where it is a matter of course.`,
    properties,
    required.filter((field) => !made.includes(field)),
  );
}

function replaced(type: DocumentType): JsonSchema {
  const { description, properties, required } = partsOf(type);
  const kept = [...FIXED_FIELDS, ...BOOKKEEPING_FIELDS, 'clinicIds'];
  return objectOf(
    `${description}. Fields that are left out are removed, apart from those that the reader's role does not see and those that never change.`,
    { ...properties, _rev: { ...REV, description: 'The revision that was read; needed here or as If-Match' } },
    required.filter((field) => !kept.includes(field)),
  );
}

function patched(type: DocumentType): JsonSchema {
  const { description, properties } = partsOf(type);
  const nullable = Object.entries(properties).map(([field, schema]) => [field, { anyOf: [schema, { type: 'null' }] }]);
  return objectOf(
    `${description}. A JSON merge patch: null removes a field.`,
    { ...Object.fromEntries(nullable), _rev: REV },
    [],
  );
}
