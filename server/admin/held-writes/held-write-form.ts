/** The fields that a review may write, each with what its value has to be: what a form is made from. */
import { schemas } from '../../../shared-schemas/document-types.ts';
import { parseId } from '../../../shared-schemas/ids.ts';
import { isReviewable } from './held-change.ts';

/** The part of JSON Schema that the fields of documents use. */
export interface FieldSchema {
  readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'object';
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: 'date' | 'date-time' | 'email';
  readonly items?: FieldSchema;
}

export interface FormField {
  readonly field: string;
  /** A document without it does not fit its schema. */
  readonly required: boolean;
  readonly schema: FieldSchema;
}

/** None where the id is not one of ours: nothing can be written then. */
export function formOf(documentId: string, isNew: boolean): FormField[] {
  const type = parseId(documentId)?.type;
  if (!type) return [];
  const { properties, required } = schemas[type];
  return Object.entries(properties)
    .filter(([field]) => isReviewable(documentId, field, isNew))
    .map(([field, schema]) => ({
      field,
      required: (required as readonly string[]).includes(field),
      schema: schema as FieldSchema,
    }));
}
