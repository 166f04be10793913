import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPatientId } from '../../shared-schemas/ids.ts';
import { AuthServer, codeOf, PASSWORD } from './auth-server.ts';

let server: AuthServer;
let admin: string;
beforeAll(async () => {
  server = await AuthServer.start();
  await server.addAccount('root', { role: 'admin', clinicIds: [] });
  await server.addAccount('nina');
  admin = (await server.logIn('root')).accessToken;
});
afterAll(() => server.close());

const create = (body: Record<string, unknown>, token = admin) => server.request('POST', '/accounts', { token, body });
const disable = (username: string, disabled = true, token = admin) =>
  server.request('PATCH', `/accounts/${username}`, { token, body: { disabled } });
const nurse = (username: string) => ({
  username,
  password: PASSWORD,
  role: 'nurse',
  name: 'N. Urse',
  clinicIds: ['north'],
});

describe('accounts', () => {
  it('are created by an administrator and can log in', async () => {
    const answer = await create(nurse('Carla'));
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/api/accounts/carla');
    expect(answer.body).toMatchObject({ username: 'carla', role: 'nurse', clinicIds: ['north'], disabled: false });
    expect(answer.text).not.toMatch(/argon2|passwordHash/);
    expect(server.createdAccounts.at(-1)).toEqual(answer.body);
    expect((await server.logIn('carla')).principal.userId).toBe(answer.body.userId);
  });

  it('are listed without secrets', async () => {
    const answer = await server.request('GET', '/accounts', { token: admin });
    expect(answer.status).toBe(200);
    expect((answer.body.accounts as { username: string }[]).map(({ username }) => username)).toContain('nina');
    expect(answer.text).not.toMatch(/argon2|passwordHash/);
  });

  it('have usernames of their own, also when two are created at once', async () => {
    const answers = await Promise.all([create(nurse('twin')), create(nurse('twin'))]);
    expect(answers.map(codeOf).sort()).toEqual(['201 undefined', '409 username_taken']);
  });

  it('are for administrators only', async () => {
    const { accessToken } = await server.logIn('nina');
    expect(codeOf(await create(nurse('mallory'), accessToken))).toBe('403 forbidden');
    expect(codeOf(await disable('root', true, accessToken))).toBe('403 forbidden');
    expect(codeOf(await server.request('GET', '/accounts', { token: accessToken }))).toBe('403 forbidden');
    expect(codeOf(await server.request('GET', '/accounts'))).toBe('401 unauthorized');
  });

  it.each([
    ['staff without a clinic', { clinicIds: [] }, ['clinicIds']],
    ['an unknown clinic', { clinicIds: ['north', 'west'] }, ['clinicIds.1']],
    ['an administrator with a clinic', { role: 'admin' }, ['clinicIds']],
    ['a patient without a patient', { role: 'patient', clinicIds: [] }, ['patientId']],
    ['a patient with a clinic', { role: 'patient', patientId: newPatientId() }, ['clinicIds']],
    ['staff with a patient', { patientId: newPatientId() }, ['patientId']],
    ['a malformed patient', { role: 'patient', clinicIds: [], patientId: 'p1' }, ['patientId']],
    ['a short password and an odd username', { password: 'short', username: '-x' }, ['username', 'password']],
    ['an unknown role', { role: 'king' }, ['role']],
    ['a field of its own', { userId: 'u1' }, ['']],
  ])('are not created with %s', async (_what, change, paths) => {
    const answer = await create({ ...nurse('faulty'), ...change });
    expect(codeOf(answer)).toBe('400 invalid_input');
    expect((answer.body.faults as { path: string }[]).map(({ path }) => path)).toEqual(paths);
    expect(await server.accounts.find('faulty')).toBeUndefined();
  });

  it('are for one patient in the patient role', async () => {
    const patientId = newPatientId();
    const answer = await create({ username: 'pat', password: PASSWORD, role: 'patient', name: 'Pat', patientId });
    expect(answer.body).toMatchObject({ role: 'patient', patientId, clinicIds: [] });
    expect((await server.logIn('pat')).principal.patientId).toBe(patientId);
  });

  it('lose access at once when they are disabled, and can be enabled again', async () => {
    await create(nurse('dan'));
    const { accessToken, refreshToken } = await server.logIn('dan');
    const answer = await disable('dan');
    expect(answer.body).toMatchObject({ username: 'dan', disabled: true });
    expect(codeOf(await server.me(accessToken))).toBe('401 unauthorized');
    await disable('dan', false);
    await server.logIn('dan');
    expect(codeOf(await server.refresh(refreshToken))).toBe('401 unauthorized');
    const { userId } = answer.body;
    expect(server.events.flatMap((event) => ('by' in event && event.userId === userId ? [event.kind] : []))).toEqual([
      'account_created',
      'account_disabled',
      'account_enabled',
    ]);
  });

  it('cannot be disabled by themselves, or where there are none', async () => {
    expect(codeOf(await disable('Root'))).toBe('403 own_account');
    expect(codeOf(await disable('nobody'))).toBe('404 not_found');
    expect(codeOf(await disable('%2e%2e'))).toBe('404 not_found');
    expect(codeOf(await server.request('PATCH', '/accounts/nina', { token: admin, body: { role: 'admin' } }))).toBe(
      '400 invalid_input',
    );
  });
});
