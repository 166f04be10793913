/** Compiled validators, one per type, with faults that an application can show next to a field. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { DOCUMENT_TYPES, type DocumentType, schemas } from './document-types.ts';

/** One thing wrong with a document. */
export interface Fault {
  /** JSON Pointer to the field, empty for the document itself. */
  readonly path: string;
  /** The JSON Schema keyword that failed, for example `maximum`. */
  readonly rule: string;
  readonly message: string;
}

// A CommonJS default export arrives one level deeper under some loaders.
const addFormats = ('default' in addFormatsModule ? addFormatsModule.default : addFormatsModule) as unknown as (
  ajv: Ajv,
) => void;

const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, useDefaults: false, coerceTypes: false });
addFormats(ajv);
for (const keyword of ['version', 'primaryKey']) ajv.addKeyword(keyword);

const validators = new Map<DocumentType, ValidateFunction>(
  DOCUMENT_TYPES.map((type) => [type, ajv.compile(schemas[type])]),
);

/**
 * The faults of a document of `type`; an empty list means it is valid. The store's own fields (`_rev`, `_revisions`,
 * `_deleted`, `_attachments`) must have been taken off.
 */
export function validateDocument(type: DocumentType, document: unknown): Fault[] {
  const validate = validators.get(type);
  if (!validate || validate(document)) return [];
  return (validate.errors ?? []).slice(0, 50).map(toFault);
}

function toFault(error: ErrorObject): Fault {
  const params = error.params as Record<string, unknown>;
  const field = params.missingProperty ?? params.additionalProperty;
  const path = field === undefined ? error.instancePath : `${error.instancePath}/${String(field)}`;
  return { path, rule: error.keyword, message: sentence(error, params) };
}

function sentence(error: ErrorObject, params: Record<string, unknown>): string {
  const description = (error.parentSchema as { description?: string } | undefined)?.description;
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not a field of this type';
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).join(', ')}`;
    case 'minimum':
    case 'maximum':
      return `must be ${String(params.comparison)} ${String(params.limit)}${description ? ` (${description})` : ''}`;
    default:
      return error.message ?? 'is not valid';
  }
}
