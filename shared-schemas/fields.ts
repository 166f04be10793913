/** Building blocks of the ten schemas: fields that several document types share, written once. */

/** A ULID in lower case: 26 characters of Crockford's base 32; sorts by the time it was made on the device. */
export const ULID_PATTERN = '[0-9a-hjkmnp-tv-z]{26}';
/** A patient's id: `p` and a ULID. Also the partition of all that patient's documents. */
export const PATIENT_ID_PATTERN = `p${ULID_PATTERN}`;
/** A clinic's id: a slug, short enough and plain enough to be part of a database name. */
export const CLINIC_SLUG_PATTERN = '[a-z][a-z0-9-]{0,39}';

export const text = (maxLength: number, description: string) => ({ type: 'string', maxLength, description }) as const;
export const requiredText = (maxLength: number, description: string) =>
  ({ type: 'string', minLength: 1, maxLength, description }) as const;
/** ISO 8601 in UTC, for example `2026-03-01T09:30:00.000Z`. */
export const instant = (description: string) =>
  ({
    type: 'string',
    format: 'date-time',
    pattern: 'Z$',
    maxLength: 30,
    description,
  }) as const;
/** A calendar day, `YYYY-MM-DD`. */
export const day = (description: string) => ({ type: 'string', format: 'date', maxLength: 10, description }) as const;
/** A measured number with its unit in the name and its clinically plausible bounds. */
export const measure = (minimum: number, maximum: number, description: string) =>
  ({ type: 'number', minimum, maximum, description }) as const;
export const phone = (description: string) =>
  ({ type: 'string', maxLength: 40, pattern: '^[0-9+()./ x-]*$', description }) as const;
export const email = (description: string) =>
  ({ type: 'string', format: 'email', maxLength: 254, description }) as const;
export const oneOf = <const T extends readonly string[]>(values: T, description: string) =>
  ({ type: 'string', enum: values, maxLength: 40, description }) as const;
export const userId = (description: string) => ({ type: 'string', minLength: 1, maxLength: 64, description }) as const;
export const link = (description: string) => ({ type: 'string', maxLength: 100, description }) as const;
export const code = (description: string) => ({ type: 'string', maxLength: 40, description }) as const;

export const clinicIds = (description: string) =>
  ({
    type: 'array',
    minItems: 1,
    maxItems: 200,
    uniqueItems: true,
    items: { type: 'string', pattern: `^${CLINIC_SLUG_PATTERN}$`, maxLength: 40 },
    description,
  }) as const;

/** Fields of every document. */
export const commonFields = {
  schemaVersion: { type: 'integer', minimum: 1, maximum: 1, description: 'Version of the schema it was written with' },
  createdAt: instant('When it was created, by the clock of the device that created it'),
  createdBy: userId('User id of its author'),
  updatedAt: instant('When it was last changed, by the clock of the device that changed it'),
  updatedBy: userId('User id of who changed it last'),
  deviceId: text(64, 'Device it was last changed on'),
} as const;

export const commonRequired = [
  '_id',
  'type',
  'schemaVersion',
  'createdAt',
  'createdBy',
  'updatedAt',
  'updatedBy',
] as const;

/** Fields of every document that belongs to a patient: they decide where it goes. */
export const patientBoundFields = {
  ...commonFields,
  patientId: {
    type: 'string',
    pattern: `^${PATIENT_ID_PATTERN}$`,
    maxLength: 27,
    description: 'The patient it belongs to; also its partition',
  },
  clinicIds: clinicIds('Clinics that hold the patient now'),
  formerClinicIds: {
    type: 'array',
    maxItems: 400,
    uniqueItems: true,
    items: { type: 'string', pattern: `^${CLINIC_SLUG_PATTERN}$`, maxLength: 40 },
    description: 'Every clinic that ever held the patient; kept by the server and seen only by an administrator',
  },
} as const;

export const patientBoundRequired = [...commonRequired, 'patientId', 'clinicIds'] as const;

/** The `_id` of a document of `type` whose partition is a patient, as a schema fragment. */
export const patientDocumentId = (type: string) =>
  ({ type: 'string', maxLength: 100, pattern: `^${PATIENT_ID_PATTERN}:${type}:${ULID_PATTERN}$` }) as const;
