import type { FromSchema } from 'json-schema-to-ts';
import {
  CLINIC_SLUG_PATTERN,
  clinicIds,
  code,
  commonFields,
  commonRequired,
  email,
  oneOf,
  phone,
  requiredText,
  text,
  ULID_PATTERN,
  userId,
} from './fields.ts';
import { ROLES } from './roles.ts';

export const drugSchema = {
  title: 'drug',
  description: 'An entry of the drug catalogue',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: { type: 'string', maxLength: 100, pattern: `^drug:drug:${ULID_PATTERN}$` },
    type: { type: 'string', enum: ['drug'], maxLength: 20 },
    ...commonFields,
    name: requiredText(300, 'Name'),
    code: code('RxNorm or ATC code'),
    form: text(100, 'Form, for example tablet'),
    strength: text(100, 'Strength, for example 500 mg'),
    active: { type: 'boolean', description: 'Whether it may be prescribed' },
    notes: text(2_000, 'Notes'),
  },
  required: [...commonRequired, 'name'],
} as const;

export const clinicSchema = {
  title: 'clinic',
  description: 'A clinic of the network',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: { type: 'string', maxLength: 100, pattern: `^clinic:clinic:${CLINIC_SLUG_PATTERN}$` },
    type: { type: 'string', enum: ['clinic'], maxLength: 20 },
    ...commonFields,
    slug: { type: 'string', pattern: `^${CLINIC_SLUG_PATTERN}$`, maxLength: 40, description: 'Short name, in ids' },
    name: requiredText(200, 'Name'),
    address: text(500, 'Postal address'),
    phoneNumber: phone('Telephone'),
  },
  required: [...commonRequired, 'slug', 'name'],
} as const;

export const staffSchema = {
  title: 'staff',
  description: 'An entry of the staff directory',
  version: 0,
  primaryKey: '_id',
  type: 'object',
  additionalProperties: false,
  properties: {
    _id: { type: 'string', maxLength: 100, pattern: `^staff:staff:${ULID_PATTERN}$` },
    type: { type: 'string', enum: ['staff'], maxLength: 20 },
    ...commonFields,
    userId: userId('User id of the account, where there is one'),
    name: requiredText(200, 'Name'),
    role: oneOf(ROLES, 'Role'),
    speciality: text(100, 'Speciality'),
    workPhone: phone('Telephone at work'),
    clinicIds: clinicIds('Clinics they work at'),
    privatePhone: phone('Private telephone'),
    privateEmail: email('Private e-mail address'),
    identityNumber: text(40, 'National identity number'),
    licenceNumber: text(60, 'Licence to practise'),
  },
  required: [...commonRequired, 'name', 'role'],
} as const;

export type Drug = FromSchema<typeof drugSchema>;
export type Clinic = FromSchema<typeof clinicSchema>;
export type Staff = FromSchema<typeof staffSchema>;
