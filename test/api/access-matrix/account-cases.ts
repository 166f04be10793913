/** The last row of the table: accounts, devices, the audit log, and what only an administrator may do. */
import { beforeAll, describe, expect } from 'vitest';
import { newUlid } from '../../../shared-schemas/ids.ts';
import type { ApiClient } from '../../support/api-client.ts';
import { PASSWORD } from '../../support/network.ts';
import { type Grant, ROLES, type RoleName } from './access-words.ts';
import { CALLER_NAMES, CALLERS, named } from './cases.ts';
import { allItems, expectAnswer } from './checks.ts';
import { ADMIN_ENDPOINTS, type Endpoint, pathToNobodys } from './endpoints.ts';
import { type Expected, UNSEEN } from './expectation.ts';
import type { Matrix } from './matrix.ts';
import { CONTENT, PATH_OF } from './situations.ts';

const FORBIDDEN: Expected = { status: 403, code: 'forbidden' };

function grantsOf({ words }: Matrix, role: RoleName): readonly Grant[] {
  const row = [...words.entries()].find(([name]) => name.startsWith('accounts, '));
  if (!row) throw new Error('the table has no row for accounts');
  return row[1][role];
}

/** Whether the cell is `all`: anything without a condition but reading would be for everyone. */
const mayAll = (matrix: Matrix, role: RoleName): boolean =>
  grantsOf(matrix, role).some(({ verb, conditions }) => verb === 'create' && conditions.length === 0);

export function administratorCases(matrix: Matrix): void {
  for (const caller of CALLER_NAMES) {
    for (const endpoint of ADMIN_ENDPOINTS) {
      const { method, template, body } = endpoint;
      const may = mayAll(matrix, CALLERS[caller].role);
      const expected = may ? { status: statusOf(endpoint) } : FORBIDDEN;
      matrix.case(named([caller, `${method} ${template}`], expected), async () => {
        const { path, patientId } = await targetOf(matrix, endpoint);
        const sent = body && (JSON.parse(JSON.stringify(body).replace('{id}', patientId)) as unknown);
        const accounts = () => allItems(matrix.stage.server.admin, '/api/accounts');
        const before = await accounts();
        await matrix.expect(() => matrix.send(caller, method, path, sent), expected);
        if (!may) expect(await accounts()).toEqual(before);
      });
    }
  }
}

function statusOf({ method, template, missing }: Endpoint): number {
  if (missing) return 404;
  if (template.startsWith('/api/admin/')) return 200;
  if (method === 'DELETE') return 204;
  return method === 'POST' && !template.includes('/erasure') ? 201 : 200;
}

/** An account, or a patient, that nothing else needs. */
async function targetOf(matrix: Matrix, { template }: Endpoint): Promise<{ path: string; patientId: string }> {
  if (template.startsWith('/api/admin/')) return { path: pathToNobodys(template), patientId: '' };
  const username = `spare.${newUlid()}`;
  if (template.includes('{username}'))
    await matrix.client('admin').ok('POST', '/api/accounts', { username, role: 'admin', name: 'Spare' });
  const { patientId } = template.includes('{id}')
    ? await matrix.client('doctor').ok<{ patientId: string }>('POST', PATH_OF.patient, CONTENT.patient)
    : { patientId: '' };
  return { path: template.replace('{username}', username).replace('{id}', patientId), patientId };
}

/** One's own account, of each role. */
export function ownAccountCases(matrix: Matrix): void {
  for (const role of ROLES) {
    describe(`of a ${role}`, () => {
      const account = new OwnAccount(matrix, role);
      beforeAll(() => account.create());
      reading(matrix, account);
      endingSessions(matrix, account);
      changingPassword(matrix, account);
    });
  }
}

class OwnAccount {
  readonly role: RoleName;
  readonly #matrix: Matrix;
  password = PASSWORD;

  constructor(matrix: Matrix, role: RoleName) {
    this.#matrix = matrix;
    this.role = role;
  }

  async create(): Promise<void> {
    const { stage } = this.#matrix;
    const isStaff = this.role !== 'patient' && this.role !== 'admin';
    await stage.server.admin.ok('POST', '/api/accounts', {
      username: `own.${this.role}`,
      password: this.password,
      role: this.role,
      name: 'Somebody',
      ...(this.role === 'patient' && { patientId: stage.ownPatientId }),
      ...(isStaff && { clinicIds: ['north'] }),
    });
  }

  async login(): Promise<ApiClient> {
    const { api } = this.#matrix.stage.server;
    return api.as((await api.login(`own.${this.role}`, this.password)).accessToken);
  }

  /** `status` where the cell has the words. */
  expected(verb: Grant['verb'], status: number): Expected {
    const has = mayAll(this.#matrix, this.role) || grantsOf(this.#matrix, this.role).some((one) => one.verb === verb);
    return has ? { status } : FORBIDDEN;
  }
}

const ENDED: Expected = { status: 401, code: 'unauthorized' };
const sessionsOf = async (client: ApiClient) =>
  (await client.ok<{ items: { id: string }[] }>('GET', '/api/me/sessions')).items;

function reading(matrix: Matrix, account: OwnAccount): void {
  const paths = { '/api/me': 'read', '/api/me/sessions': 'own devices', '/api/me/devices': 'own devices' } as const;
  for (const [path, verb] of Object.entries(paths)) {
    const expected = account.expected(verb, 200);
    matrix.case(named([account.role, `GET ${path}`], expected), async () =>
      expectAnswer(await (await account.login()).request('GET', path), expected),
    );
  }
}

function endingSessions(matrix: Matrix, account: OwnAccount): void {
  const { role } = account;
  matrix.case(`${role}, DELETE /api/me/sessions -> 204, and this one goes on`, async () => {
    const [other, mine] = [await account.login(), await account.login()];
    expectAnswer(await mine.request('DELETE', '/api/me/sessions'), account.expected('own devices', 204));
    expectAnswer(await other.request('GET', '/api/me'), ENDED);
    expectAnswer(await mine.request('GET', '/api/me'), { status: 200 });
  });
  matrix.case(`${role}, DELETE /api/me/sessions/{id} -> 204, and 404 of another's`, async () => {
    const mine = await account.login();
    const [another] = await sessionsOf(matrix.client('patient'));
    expectAnswer(await mine.request('DELETE', `/api/me/sessions/${another?.id}`), UNSEEN);
    expectAnswer(await matrix.send('patient', 'GET', '/api/me'), { status: 200 });
    const own = (await sessionsOf(mine)).at(-1);
    const expected = account.expected('own devices', 204);
    expectAnswer(await mine.request('DELETE', `/api/me/sessions/${own?.id}`), expected);
    expectAnswer(await mine.request('GET', '/api/me'), ENDED);
  });
  matrix.case(`${role}, POST /api/logout -> 204`, async () => {
    const mine = await account.login();
    expectAnswer(await mine.request('POST', '/api/logout'), { status: 204 });
    expectAnswer(await mine.request('GET', '/api/me'), ENDED);
  });
}

function changingPassword(matrix: Matrix, account: OwnAccount): void {
  const expected = account.expected('change password', 204);
  matrix.case(named([account.role, 'POST /api/me/password'], expected), async () => {
    const client = await account.login();
    const newPassword = `${PASSWORD} and ${newUlid()}`;
    const change = (currentPassword: string) =>
      client.request('POST', '/api/me/password', { currentPassword, newPassword });
    expectAnswer(await change(`not ${account.password}`), { status: 403, code: 'wrong_password' });
    expectAnswer(await change(account.password), expected);
    account.password = newPassword;
  });
}
