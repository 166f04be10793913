/** Documents that are none: wrong values, wrong fields, wrong ids. */
import { schemas } from '../../../shared-schemas/document-types.ts';
import { newPatientId, newUlid } from '../../../shared-schemas/ids.ts';
import { isPatientBound, PATH_OF, TYPES, type TypeName } from '../access-matrix/situations.ts';
import { type BadValue, badValuesOf, type FieldSchema } from './bad-values.ts';
import type { Group, Requests } from './requests.ts';
import type { Malformed } from './stage.ts';

const fieldsOf = (type: TypeName) => Object.entries(schemas[type].properties as unknown as Record<string, FieldSchema>);
/** The server sets these itself when a document is changed, whatever the client says. */
const SET_BY_SERVER = ['updatedAt', 'updatedBy', 'deviceId'];
/** The server fills these in where the client says nothing. */
const DEFAULTED = ['status', 'administeredAt', 'measuredAt', 'patientName', 'patientBirthDate'];

/** In a merge patch, null takes a field away. */
const removes = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && !Array.isArray(value) && Object.values(value ?? {}).some(removes));

function withValue(requests: Requests, type: TypeName, field: string, { name, value }: BadValue): Malformed[] {
  const isSet = SET_BY_SERVER.includes(field);
  const what = `${field}: ${name}`;
  return [
    requests.of(what, 'POST', PATH_OF[type], { ...requests.content(type), [field]: value }),
    ...(isSet || removes(value) ? [] : [requests.of(what, 'PATCH', requests.pathOf(type), { [field]: value })]),
  ];
}

const values = (requests: Requests, type: TypeName): Malformed[] =>
  fieldsOf(type).flatMap(([field, schema]) => {
    const bad = badValuesOf(schema);
    const replaced = { ...requests.stage.documents[type], [field]: bad[1]?.value };
    return [
      ...bad.flatMap((one) => withValue(requests, type, field, one)),
      ...(SET_BY_SERVER.includes(field) ? [] : [requests.of(field, 'PUT', requests.pathOf(type), replaced)]),
    ];
  });

const requiredFields = (requests: Requests, type: TypeName): Malformed[] =>
  (schemas[type].required as readonly string[]).flatMap((field) => {
    const { [field]: value, ...rest } = requests.content(type);
    if (value === undefined) return [];
    return [
      ...(DEFAULTED.includes(field) ? [] : [requests.of(`without ${field}`, 'POST', PATH_OF[type], rest)]),
      requests.of(`${field} taken away`, 'PATCH', requests.pathOf(type), { [field]: null }),
    ];
  });

const FOREIGN_FIELDS = {
  _deleted: true,
  _attachments: { 'x.txt': { content_type: 'text/plain', data: 'eA==' } },
  _revisions: { start: 1, ids: ['0123456789abcdef0123456789abcdef'] },
  _conflicts: [],
  _revs_info: [],
  _local_seq: 1,
  _removed: true,
  _: 1,
  surprise: 1,
  '': 1,
  $where: '1',
  'a.b': 1,
  ['x'.repeat(10_000)]: 1,
};
const foreignFields = (requests: Requests, type: TypeName): Malformed[] =>
  Object.entries(FOREIGN_FIELDS).flatMap(([field, value]) => [
    requests.of(field, 'POST', PATH_OF[type], { ...requests.content(type), [field]: value }),
    requests.of(field, 'PATCH', requests.pathOf(type), { [field]: value }),
    requests.of(field, 'PUT', requests.pathOf(type), { ...requests.stage.documents[type], [field]: value }),
  ]);

function names(requests: Requests, type: TypeName): Malformed[] {
  const { documents } = requests.stage;
  const [content, path] = [requests.content(type), requests.pathOf(type)];
  const { _id, _rev, ...rest } = documents[type];
  const other = TYPES[(TYPES.indexOf(type) + 1) % TYPES.length] as TypeName;
  const near = [`${_id}:`, `${_id}\u0000`, ` ${_id}`, documents[other]._id];
  const ids = ['', 'x', '_design/x', '_local/x', '__proto__', ...near, 5, null, [_id], { $gt: '' }];
  const revs = ['', 'x', '1-x', '0-0', '1', 1, true, null, [], {}, [_rev], '9'.repeat(300), `${_rev} `];
  return [
    ...ids.flatMap((id) => [
      requests.of(`_id ${JSON.stringify(id)}`, 'POST', PATH_OF[type], { ...content, _id: id }),
      requests.of(`_id ${JSON.stringify(id)}`, 'PUT', path, { ...rest, _rev, _id: id }),
      ...(id === null ? [] : [requests.of(`_id ${JSON.stringify(id)}`, 'PATCH', path, { _id: id })]),
    ]),
    ...[...revs, `1-${'0'.repeat(32)}`].flatMap((rev) => [
      requests.of(`_rev ${JSON.stringify(rev)}`, 'POST', PATH_OF[type], { ...content, _rev: rev }),
      requests.of(`_rev ${JSON.stringify(rev)}`, 'PUT', path, { ...rest, _rev: rev }),
      requests.of(`_rev ${JSON.stringify(rev)}`, 'PATCH', path, { ...rest, _rev: rev }),
    ]),
    requests.of('no _rev', 'PUT', path, rest),
  ];
}

function patients(requests: Requests, type: TypeName): Malformed[] {
  const { documents, otherPatient } = requests.stage;
  const [mine, other] = [documents.patient.patientId, otherPatient.patientId];
  const post = (name: string, more: object) =>
    requests.of(name, 'POST', PATH_OF[type], { ...requests.content(type), ...more });
  const moved = { ...documents[type], patientId: other };
  return [
    post('the id of another patient', { _id: `${other}:${type}:${newUlid()}` }),
    post('a patient that there is not', { patientId: newPatientId() }),
    post('clinics that are not those of the patient', { clinicIds: ['south'] }),
    post('the id of a patient document', { patientId: `${mine}:patient` }),
    requests.of('moved to another patient', 'PATCH', requests.pathOf(type), { patientId: other }),
    requests.of('moved to another patient', 'PUT', requests.pathOf(type), moved),
  ];
}

/** Half a surrogate pair, which is JSON and no text. */
function halfCharacters(requests: Requests): Malformed[] {
  const fields = '"(diagnosis|name|lastName|patientName|notes|reason)":"';
  return TYPES.flatMap((type) => {
    const content = JSON.stringify({ notes: '', ...requests.content(type) });
    return [
      requests.of('the first half', 'POST', PATH_OF[type], content.replace(new RegExp(fields), '$&\\ud800')),
      ...['notes', 'name', 'reason', 'address', 'speciality'].map((field) =>
        requests.of('the second half', 'PATCH', requests.pathOf(type), `{"${field}":"\\udc00x"}`),
      ),
    ];
  });
}

export const documentGroups: readonly Group[] = [
  ...TYPES.flatMap((type): Group[] => [
    { name: `of the type ${type} does not take any value`, make: (requests) => values(requests, type) },
    { name: `of the type ${type} has all that is required`, make: (requests) => requiredFields(requests, type) },
    { name: `of the type ${type} has its own fields only`, make: (requests) => foreignFields(requests, type) },
    { name: `of the type ${type} has its id and its revision`, make: (requests) => names(requests, type) },
  ]),
  ...TYPES.filter((type) => isPatientBound(type) && type !== 'patient').map(
    (type): Group => ({
      name: `of the type ${type} belongs to its patient`,
      make: (requests) => patients(requests, type),
    }),
  ),
  { name: 'has texts that are text', make: halfCharacters },
  {
    name: 'has numbers that are finite',
    make: (requests) =>
      ['1e999', '-1e999', '1e400'].map((number) =>
        requests.of(number, 'PATCH', requests.pathOf('vital'), `{"heartRatePerMinute":${number}}`),
      ),
  },
  {
    name: 'whose key comes twice is judged by what comes last',
    make: (requests) =>
      ['{"notes":"x","notes":5}', '{"notes":"x","n\\u006ftes":5}'].map((body) =>
        requests.of(body, 'PATCH', requests.pathOf('record'), body),
      ),
  },
];
