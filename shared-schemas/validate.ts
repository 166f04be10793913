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

/** Faults that are told one by one. */
const MAX_FAULTS = 50;
/** Looking for every fault of a document with more values takes long: it is told the first one. */
const MAX_VALUES = 2_000;
/** Of a fault; a key may be as long as a document. */
const MAX_PATH_LENGTH = 200;

function compileAll(allErrors: boolean): ReadonlyMap<DocumentType, ValidateFunction> {
  const ajv = new Ajv({ allErrors, verbose: true, strict: true, useDefaults: false, coerceTypes: false });
  addFormats(ajv);
  for (const keyword of ['version', 'primaryKey']) ajv.addKeyword(keyword);
  return new Map(DOCUMENT_TYPES.map((type) => [type, ajv.compile(schemas[type])]));
}

const validators = compileAll(true);
/** They stop at the first fault. Hardly a document needs them. */
let firstFaultValidators: ReadonlyMap<DocumentType, ValidateFunction> | undefined;

/**
 * The faults of a document of `type`; an empty list means it is valid. The store's own fields (`_rev`, `_revisions`,
 * `_deleted`, `_attachments`) must have been taken off. The work is bounded: of many faults the first are told, and how many
 * more there are; of a document with more values than any of ours the first one only.
 */
export function validateDocument(type: DocumentType, document: unknown): Fault[] {
  if (hasMoreValues(document, MAX_VALUES)) {
    firstFaultValidators ??= compileAll(false);
    return faultsBy(firstFaultValidators.get(type), document);
  }
  return faultsBy(validators.get(type), document);
}

function faultsBy(validate: ValidateFunction | undefined, document: unknown): Fault[] {
  if (!validate || validate(document)) return [];
  const errors = validate.errors ?? [];
  const faults = errors.slice(0, MAX_FAULTS).map(toFault);
  const more = errors.length - faults.length;
  return more > 0 ? [...faults, { path: '', rule: 'more', message: `has ${more} more faults` }] : faults;
}

function hasMoreValues(value: unknown, most: number): boolean {
  const left: unknown[] = [value];
  for (let count = 0; left.length > 0; count++) {
    if (count + left.length > most) return true;
    const one = left.pop();
    if (typeof one !== 'object' || one === null) continue;
    const inner = Array.isArray(one) ? one : Object.values(one);
    if (inner.length > most) return true;
    for (const each of inner) left.push(each);
  }
  return false;
}

function toFault(error: ErrorObject): Fault {
  const params = error.params as Record<string, unknown>;
  const field = params.missingProperty ?? params.additionalProperty;
  const path = field === undefined ? error.instancePath : `${error.instancePath}/${String(field)}`;
  return { path: path.slice(0, MAX_PATH_LENGTH), rule: error.keyword, message: sentence(error, params) };
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
