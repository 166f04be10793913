/** Accounts, passwords and tokens that are none. */
import { newPatientId } from '../../../shared-schemas/ids.ts';
import { PATH_OF } from '../access-matrix/situations.ts';
import type { Group, Requests } from './requests.ts';
import type { Malformed } from './stage.ts';

const WRONG = [5, true, null, [], {}, '', 'x'.repeat(5_000), ['x'], { $ne: '' }];
const short = (value: unknown): string => String(JSON.stringify(value)).slice(0, 30);

/** The body with each of its fields made wrong in turn. */
const eachWrong = (
  requests: Requests,
  method: string,
  path: string,
  body: Readonly<Record<string, unknown>>,
): Malformed[] =>
  Object.keys(body).flatMap((field) =>
    WRONG.map((value) => requests.of(`${field} ${short(value)}`, method, path, { ...body, [field]: value })),
  );

/** Would be taken. */
export const NEW_ACCOUNT = { username: 'new.one', role: 'nurse', name: 'New One', clinicIds: ['north'] };
const GOOD_PASSWORD = 'one long enough pass phrase';

function newAccounts(requests: Requests): Malformed[] {
  const post = (name: string, more: object) => requests.of(name, 'POST', '/api/accounts', { ...NEW_ACCOUNT, ...more });
  return [
    ...eachWrong(requests, 'POST', '/api/accounts', { ...NEW_ACCOUNT, password: GOOD_PASSWORD }),
    ...['A b', '../x', 'x', '-x', 'ä', '__proto__', 'x'.repeat(65), 'x\u0000y'].map((username) =>
      post(username, { username }),
    ),
    post('a clinic that there is not', { clinicIds: ['atlantis'] }),
    post('no clinic', { clinicIds: [] }),
    post('a role that there is not', { role: 'constructor' }),
    post('a patient that there is not', { role: 'patient', clinicIds: undefined, patientId: newPatientId() }),
    post('an unknown field', { passwordHash: 'x' }),
    post('a username that is taken', { username: 'admin' }),
  ];
}

function changedAccounts(requests: Requests): Malformed[] {
  const path = '/api/accounts/doctornorth';
  const change = { disabled: false, role: 'doctor', name: 'x', clinicIds: ['north'] };
  const names = ['%00', '%ff', '%2e%2e', '..;', '__proto__', 'constructor', 'x'.repeat(5_000), 'a%2fb'];
  return [
    ...eachWrong(requests, 'PATCH', path, change).filter(({ name }) => name !== 'disabled true'),
    requests.of('nothing', 'PATCH', path, {}),
    requests.of('the username', 'PATCH', path, { username: 'other' }),
    requests.of('the id', 'PATCH', path, { userId: 'u' }),
    requests.of('an account that there is not', 'PATCH', '/api/accounts/nobody', { name: 'x' }),
    ...names.flatMap((name) => [
      requests.of('', 'GET', `/api/accounts/${name}`),
      requests.of('', 'PATCH', `/api/accounts/${name}`, { name: 'x' }),
      requests.of('', 'GET', `/api/accounts/${name}/sessions`),
      requests.of('', 'DELETE', `/api/accounts/${name}/sessions`),
      requests.of('', 'POST', `/api/accounts/${name}/invitation`),
      requests.of('', 'POST', `/api/accounts/${name}/enrolment-code`),
      requests.of('', 'DELETE', `/api/me/sessions/${name}`),
    ]),
  ];
}

function attempts(requests: Requests): Malformed[] {
  const devices = [5, [], {}, '', 'x'.repeat(65), '__proto__', '../x', 'x\u0000'];
  const tokens = ['x', 'x.y', '.', `${'x'.repeat(100)}.${'y'.repeat(99)}`, '__proto__.x'];
  const login = { username: 'admin', password: 'x y z' };
  const change = { currentPassword: 'x', newPassword: GOOD_PASSWORD };
  return [
    ...eachWrong(requests, 'POST', '/api/login', login),
    ...devices.map((deviceId) => requests.of(short(deviceId), 'POST', '/api/login', { ...login, deviceId })),
    ...eachWrong(requests, 'POST', '/api/token/refresh', { refreshToken: 'x' }),
    ...tokens.map((refreshToken) => requests.of(refreshToken, 'POST', '/api/token/refresh', { refreshToken })),
    ...eachWrong(requests, 'POST', '/api/set-password', { token: 'x', password: GOOD_PASSWORD }),
    ...eachWrong(requests, 'POST', '/api/me/password', change),
  ];
}

const TOKENS = [
  '',
  'Bearer',
  'Bearer ',
  'Bearer a b',
  'Basic YWRtaW46YWRtaW4=',
  'Bearer null',
  'Bearer e30.e30.',
  'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
  `Bearer ${'x'.repeat(5_000)}`,
  'Bearer \u00ff',
  `bearer ${'.'.repeat(100)}`,
  'Bearer __proto__',
];

export const accountGroups: readonly Group[] = [
  { name: 'are not made of anything', make: newAccounts },
  { name: 'are not changed to anything', make: changedAccounts },
  { name: 'are not opened by anything', make: attempts, isAudited: true },
  {
    name: 'are not entered by any token',
    make: () =>
      TOKENS.map((authorization) => ({
        name: authorization.slice(0, 30),
        method: 'GET',
        path: PATH_OF.patient,
        headers: { authorization },
      })),
  },
  {
    name: 'and patients are not erased by mistake',
    make: (requests) => {
      const other = requests.stage.otherPatient.patientId;
      return [undefined, '', true, 'yes', other, ['x'], null].map((confirm) =>
        requests.of(short(confirm), 'POST', `${requests.pathOf('patient')}/erasure`, { confirm }),
      );
    },
  },
];
