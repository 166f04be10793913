/** Queries that a list does not have. */
import { isPatientBound, PATH_OF, TYPES } from '../access-matrix/situations.ts';
import type { Group, Requests } from './requests.ts';
import type { Malformed } from './stage.ts';

const LONG = 'x'.repeat(5_000);
const each = (name: string, values: readonly string[]): string[] => values.map((value) => `${name}=${value}`);

/** Of every list. */
const PAGES: readonly string[] = [
  ...each('limit', ['0', '-1', '1000000000', 'abc', '1.5', '', 'NaN', 'Infinity', '501', '5;drop', '%00', '1e99']),
  'limit=2&limit=3',
  'limit[]=2',
  'limit[$gt]=2',
  ...each('cursor', ['', 'abc', '%00', '%ff', LONG, 'null', '../..', 'AAAA', 'e30']),
  'cursor=a&cursor=b',
  'unknown=1',
  '__proto__=1',
  '__proto__[limit]=1',
  'constructor=1',
  'constructor[prototype][limit]=1',
  'toString=1',
  '=1',
  `${LONG}=1`,
  'Limit=1',
  '%00=1',
];

const SORTS = ['', '__proto__', 'constructor', 'toString', '-', '--name', '-__proto__', 'secret', '%00', LONG, '_id'];
const TIMES = ['notadate', '2026-02-30', '2026-13-01', '2026-02-30T10:00:00Z', '', '0', '2026', 'null', '%00'];
/** Of the lists of documents. */
const FILTERS: readonly string[] = [
  ...each('sort', [...SORTS, 'name,updatedAt', 'updatedAt&sort=-updatedAt']),
  ...each('sort=updatedAt&from', [...TIMES, '2026-01-01T10:00:00%2b01:00', '2026-01-01&from=2026-01-02']),
  ...each('sort=updatedAt&to', [...TIMES, '2026-01-01T10:00:00%2b01:00', '2026-01-01&to=2026-01-02']),
  ...each('patientId', ['nobody', '__proto__', '']),
  'patientId[]=x',
  ...each('author', [LONG, '', 'a&author=b']),
  ...each('clinic', ['NO', '', LONG]),
  ...each('status', ['elephant', '__proto__', '']),
  ...each('q', ['', '%20', LONG, 'a&q=b', 'x&sort=updatedAt&from=2026-01-01']),
];

const asked = (requests: Requests, path: string, queries: readonly string[]): Malformed[] =>
  queries.map((query) => requests.of('', 'GET', `${path}?${query}`));

const otherLists = (requests: Requests): Malformed[] => [
  ...asked(requests, `${requests.pathOf('patient')}/timeline`, [...PAGES, 'sort=name', 'q=x', 'from=2026-01-01']),
  ...asked(requests, '/api/accounts', [...PAGES, 'role=elephant', 'clinicId=NO', 'disabled=maybe', 'q=', `q=${LONG}`]),
  ...asked(requests, '/api/audit', [...PAGES, 'kind=', `kind=${LONG}`, `userId=${LONG}`, 'from=2026-01-01']),
  ...asked(requests, `${requests.pathOf('patient')}/export`, [
    ...each('format', ['xml', '', 'json&format=fhir', '__proto__']),
    'x=1',
  ]),
];

export const queryGroups: readonly Group[] = [
  ...TYPES.map(
    (type): Group => ({
      name: `of a list of the type ${type} is one that it has`,
      make: (requests) => asked(requests, PATH_OF[type], [...PAGES, ...FILTERS]),
    }),
  ),
  ...TYPES.filter((type) => isPatientBound(type) && type !== 'patient').map(
    (type): Group => ({
      name: `of a patient's list of the type ${type} is one that it has`,
      make: (requests) => {
        const path = `${requests.pathOf('patient')}${PATH_OF[type].slice('/api'.length)}`;
        const other = `patientId=${requests.stage.otherPatient.patientId}`;
        return asked(requests, path, [...PAGES, ...FILTERS, other]);
      },
    }),
  ),
  { name: 'of another list is one that it has', make: otherLists },
];

/** A cursor of one list, given to others. */
export function cursorRequests(requests: Requests, cursor: string): Malformed[] {
  const get = (name: string, path: string, query: string) => requests.of(name, 'GET', `${path}?${query}`);
  const used = encodeURIComponent(cursor);
  const changed = `${cursor.slice(0, -2)}${cursor.endsWith('A') ? 'BB' : 'AA'}`;
  return [
    get('another type', PATH_OF.drug, `cursor=${used}`),
    get('another order', PATH_OF.patient, `sort=-name&cursor=${used}`),
    get('another filter', PATH_OF.patient, `clinic=north&cursor=${used}`),
    get('a bit of it changed', PATH_OF.patient, `cursor=${encodeURIComponent(changed)}`),
    get('half of it', PATH_OF.patient, `cursor=${used.slice(0, 20)}`),
    { ...get('another person', PATH_OF.patient, `cursor=${used}`), headers: requests.bearer('doctor') },
  ];
}
