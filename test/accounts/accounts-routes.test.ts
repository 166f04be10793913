import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPatientId } from '../../shared-schemas/ids.ts';
import { type Answer, AuthServer, codeOf, PASSWORD, PATIENT } from './auth-server.ts';

let server: AuthServer;
let admin: string;
let adminId: string;
beforeAll(async () => {
  server = await AuthServer.start();
  await server.addAccount('root', { role: 'admin', clinicIds: [] });
  await server.addAccount('nina');
  const login = await server.logIn('root');
  admin = login.accessToken;
  adminId = login.principal.userId ?? '';
});
afterAll(() => server.close());

const create = (body: Record<string, unknown>, token = admin) => server.request('POST', '/accounts', { token, body });
const change = (username: string, body: Record<string, unknown>, token = admin) =>
  server.request('PATCH', `/accounts/${username}`, { token, body });
const disable = (username: string, disabled = true, token = admin) => change(username, { disabled }, token);
const nurse = (username: string) => ({
  username,
  password: PASSWORD,
  role: 'nurse',
  name: 'N. Urse',
  clinicIds: ['north'],
});
const pathsOf = ({ body }: Answer) => (body.faults as { path: string }[]).map(({ path }) => path);
const isAccepted = async (token: string) => (await server.me(token)).status === 200;
const eventsOf = (userId: unknown) =>
  server.events.flatMap((event) => ('by' in event && event.userId === userId ? [event] : []));

describe('accounts', () => {
  it('are created by an administrator and can log in', async () => {
    const answer = await create(nurse('Carla'));
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe('/api/accounts/carla');
    expect(answer.body).toMatchObject({ username: 'carla', role: 'nurse', clinicIds: ['north'], disabled: false });
    expect(answer.body).toMatchObject({ hasPassword: true });
    expect(answer.body).not.toHaveProperty('invitation');
    expect(answer.text).not.toMatch(/argon2|passwordHash/);
    expect(server.createdAccounts.at(-1)).toEqual(answer.body);
    expect((await server.logIn('carla')).principal.userId).toBe(answer.body.userId);
    const read = await server.request('GET', '/accounts/Carla', { token: admin });
    expect(read.body).toEqual(answer.body);
  });

  it('have usernames of their own, also when two are created at once', async () => {
    const answers = await Promise.all([create(nurse('twin')), create(nurse('twin'))]);
    expect(answers.map(codeOf).sort()).toEqual(['201 undefined', '409 username_taken']);
  });

  it('are for administrators only', async () => {
    const { accessToken } = await server.logIn('nina');
    const routes = [
      ['GET', '/accounts'],
      ['POST', '/accounts'],
      ['GET', '/accounts/nina'],
      ['PATCH', '/accounts/nina'],
      ['POST', '/accounts/nina/invitation'],
      ['GET', '/accounts/nina/sessions'],
      ['DELETE', '/accounts/nina/sessions'],
    ] as const;
    for (const [method, route] of routes) {
      expect(codeOf(await server.request(method, route, { token: accessToken })), route).toBe('403 forbidden');
      expect(codeOf(await server.request(method, route)), route).toBe('401 unauthorized');
    }
  });

  it.each([
    ['staff without a clinic', { clinicIds: [] }, ['clinicIds']],
    ['an unknown clinic', { clinicIds: ['north', 'west'] }, ['clinicIds.1']],
    ['an administrator with a clinic', { role: 'admin' }, ['clinicIds']],
    ['a patient without a patient', { role: 'patient', clinicIds: [] }, ['patientId']],
    ['a patient with a clinic', { role: 'patient', patientId: PATIENT }, ['clinicIds']],
    ['staff with a patient', { patientId: PATIENT }, ['patientId']],
    ['a patient who does not exist', { role: 'patient', clinicIds: [], patientId: newPatientId() }, ['patientId']],
    ['a malformed patient', { role: 'patient', clinicIds: [], patientId: 'p1' }, ['patientId']],
    ['a short password and an odd username', { password: 'short', username: '-x' }, ['username', 'password']],
    ['a password that is easy to guess', { password: 'password12' }, ['password']],
    ['an unknown role', { role: 'king' }, ['role']],
    ['a field of its own', { userId: 'u1' }, ['']],
  ])('are not created with %s', async (_what, change, paths) => {
    const answer = await create({ ...nurse('faulty'), ...change });
    expect(codeOf(answer)).toBe('400 invalid_input');
    expect(pathsOf(answer)).toEqual(paths);
    expect(await server.accounts.find('faulty')).toBeUndefined();
  });

  it('are for one patient in the patient role', async () => {
    const answer = await create({
      username: 'pat',
      password: PASSWORD,
      role: 'patient',
      name: 'Pat',
      patientId: PATIENT,
    });
    expect(answer.body).toMatchObject({ role: 'patient', patientId: PATIENT, clinicIds: [] });
    expect((await server.logIn('pat')).principal.patientId).toBe(PATIENT);
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
    expect(eventsOf(answer.body.userId).map(({ kind }) => kind)).toEqual([
      'account_created',
      'account_disabled',
      'account_enabled',
    ]);
  });

  it('that do not exist are answered so on every route', async () => {
    for (const username of ['nobody', '%2e%2e', 'x'.repeat(80)]) {
      expect(codeOf(await disable(username))).toBe('404 not_found');
      expect(codeOf(await server.request('GET', `/accounts/${username}`, { token: admin }))).toBe('404 not_found');
    }
    for (const [method, route] of [
      ['POST', '/accounts/nobody/invitation'],
      ['GET', '/accounts/nobody/sessions'],
      ['DELETE', '/accounts/nobody/sessions'],
    ] as const)
      expect(codeOf(await server.request(method, route, { token: admin }))).toBe('404 not_found');
  });
});

describe('a change of an account', () => {
  it('gives it another role, other clinics and another name, and tells what is kept about the account', async () => {
    await create(nurse('rosa'));
    const answer = await change('Rosa', { role: 'doctor', clinicIds: ['south', 'north', 'south'], name: 'Dr Rosa' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ role: 'doctor', clinicIds: ['south', 'north'], name: 'Dr Rosa' });
    expect(server.changedAccounts.at(-1)).toEqual(answer.body);
    expect((await server.logIn('rosa', { clinicId: 'south' })).principal.role).toBe('doctor');
    expect(eventsOf(answer.body.userId).at(-1)).toEqual({
      kind: 'account_changed',
      userId: answer.body.userId,
      by: adminId,
      changes: {
        role: { from: 'nurse', to: 'doctor' },
        clinicIds: { from: ['north'], to: ['south', 'north'] },
        name: true,
      },
    });
  });

  it('makes staff of a patient, and a patient of staff', async () => {
    await create({ ...nurse('petra'), role: 'patient', clinicIds: [], patientId: PATIENT });
    const staff = await change('petra', { role: 'nurse', clinicIds: ['north'], patientId: null });
    expect(staff.body).toMatchObject({ role: 'nurse', clinicIds: ['north'] });
    expect(staff.body).not.toHaveProperty('patientId');
    const patient = await change('petra', { role: 'patient', clinicIds: [], patientId: PATIENT });
    expect(patient.body).toMatchObject({ role: 'patient', clinicIds: [], patientId: PATIENT });
  });

  it.each([
    ['a role that needs other scopes', { role: 'admin' }, ['clinicIds']],
    ['no clinic left', { clinicIds: [] }, ['clinicIds']],
    ['an unknown clinic', { clinicIds: ['west'] }, ['clinicIds.0']],
    ['a patient for staff', { patientId: PATIENT }, ['patientId']],
    ['a patient who does not exist', { role: 'patient', clinicIds: [], patientId: newPatientId() }, ['patientId']],
    ['nothing', {}, ['']],
    ['a username', { name: 'Other', username: 'other' }, ['']],
    ['a password', { name: 'Other', password: PASSWORD }, ['']],
  ])('is refused with %s', async (_what, body, paths) => {
    const before = await server.accounts.find('nina');
    const answer = await change('nina', body);
    expect(codeOf(answer)).toBe('400 invalid_input');
    expect(pathsOf(answer)).toEqual(paths);
    expect(await server.accounts.find('nina')).toEqual(before);
  });

  it('says nothing to the audit log where it changes nothing, but runs again what comes with a change', async () => {
    const { body } = await create(nurse('stella'));
    const [eventCount, changeCount] = [server.events.length, server.changedAccounts.length];
    await change('stella', { role: 'nurse', clinicIds: ['north'] });
    expect(server.events).toHaveLength(eventCount);
    expect(server.changedAccounts.slice(changeCount)).toEqual([expect.objectContaining({ userId: body.userId })]);
  });

  it('ends the sessions of the old role for good, though the role comes back', async () => {
    await create(nurse('mona'));
    const { accessToken, refreshToken } = await server.logIn('mona');
    await change('mona', { role: 'doctor' });
    expect(codeOf(await server.me(accessToken))).toBe('401 unauthorized');
    const [stored] = await server.database.winners([`session:${refreshToken.split('.')[0]}`]);
    expect(stored?.body).toMatchObject({ role: 'nurse', revoked: 'account_changed' });
    await change('mona', { role: 'nurse' });
    expect(codeOf(await server.me(accessToken))).toBe('401 unauthorized');
    expect(codeOf(await server.refresh(refreshToken))).toBe('401 unauthorized');
    expect((await server.logIn('mona')).principal.role).toBe('nurse');
  });

  it('ends for good what a server that stopped in the middle of a change left', async () => {
    await create(nurse('lena'));
    const { accessToken } = await server.logIn('lena');
    await server.accounts.change('lena', { role: 'doctor' });
    await change('lena', { role: 'nurse' });
    expect(codeOf(await server.me(accessToken))).toBe('401 unauthorized');
  });

  it('of the clinics ends just the sessions of the clinic that is gone', async () => {
    await create({ ...nurse('olga'), clinicIds: ['north', 'south'] });
    const [north, south] = [
      await server.logIn('olga', { clinicId: 'north' }),
      await server.logIn('olga', { clinicId: 'south' }),
    ];
    await change('olga', { clinicIds: ['south'] });
    expect(codeOf(await server.me(north.accessToken))).toBe('401 unauthorized');
    expect(await isAccepted(south.accessToken)).toBe(true);
    await change('olga', { clinicIds: ['north', 'south'] });
    expect(await isAccepted(north.accessToken)).toBe(false);
    expect(await isAccepted(south.accessToken)).toBe(true);
  });

  it('of the name ends no session', async () => {
    const { accessToken } = await server.logIn('nina');
    await change('nina', { name: 'Nina Moreno' });
    expect((await server.me(accessToken)).body.principal).toMatchObject({ name: 'Nina Moreno' });
  });

  it('reaches other servers on the same store', async () => {
    await create(nurse('vera'));
    const elsewhere = await server.secondServerSessions();
    const { accessToken } = await server.logIn('vera');
    expect(await elsewhere.authenticate(accessToken)).toMatchObject({ role: 'nurse' });
    await change('vera', { role: 'doctor' });
    await expect(elsewhere.authenticate(accessToken)).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('administrators', () => {
  it('take the role from another, whose next request is refused', async () => {
    await create({ ...nurse('boss'), role: 'admin', clinicIds: [] });
    const boss = (await server.logIn('boss')).accessToken;
    expect((await server.request('GET', '/accounts', { token: boss })).status).toBe(200);
    await change('boss', { role: 'nurse', clinicIds: ['north'] });
    expect(codeOf(await server.request('GET', '/accounts', { token: boss }))).toBe('401 unauthorized');
    const asNurse = (await server.logIn('boss')).accessToken;
    expect(codeOf(await server.request('GET', '/accounts', { token: asNurse }))).toBe('403 forbidden');
  });

  it('neither disable nor demote nor reset themselves, but may rename themselves', async () => {
    expect(codeOf(await disable('Root'))).toBe('403 own_account');
    expect(codeOf(await change('root', { role: 'nurse', clinicIds: ['north'] }))).toBe('403 own_account');
    expect(codeOf(await server.request('POST', '/accounts/root/invitation', { token: admin }))).toBe('403 own_account');
    expect((await change('root', { name: 'The root', role: 'admin', disabled: false })).status).toBe(200);
    expect(await isAccepted(admin)).toBe(true);
  });

  it.each(['demote', 'disable'] as const)('who %s each other at once leave one of them', async (how) => {
    const two = await AuthServer.start();
    try {
      await two.addAccount('anna', { role: 'admin', clinicIds: [] });
      await two.addAccount('bert', { role: 'admin', clinicIds: [] });
      // Somebody who never set a password is no help.
      await two.accounts.create({
        username: 'carl',
        role: 'admin',
        name: 'Carl',
        clinicIds: [],
        invitation: { hash: '', expiresAt: '' },
      });
      const tokens = [(await two.logIn('anna')).accessToken, (await two.logIn('bert')).accessToken] as const;
      const body = how === 'disable' ? { disabled: true } : { role: 'nurse', clinicIds: ['north'] };
      const answers = await Promise.all([
        two.request('PATCH', '/accounts/bert', { token: tokens[0], body }),
        two.request('PATCH', '/accounts/anna', { token: tokens[1], body }),
      ]);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const left = (await two.accounts.list()).filter(
        ({ role, disabled, passwordHash }) => role === 'admin' && !disabled && passwordHash,
      );
      expect(left).toHaveLength(1);
    } finally {
      await two.close();
    }
  });
});

describe('the list of accounts', () => {
  let full: AuthServer;
  let token: string;
  beforeAll(async () => {
    full = await AuthServer.start();
    await full.addAccount('root', { role: 'admin', clinicIds: [], name: 'Root' });
    await full.addAccount('bea', { name: 'Beatrix Čapek' });
    await full.addAccount('cyd', { name: 'Cyd Ångström', role: 'doctor', clinicIds: ['north', 'south'] });
    await full.addAccount('dot', { name: 'Dot', clinicIds: ['south'] });
    await full.addAccount('eve', { name: 'Eve', role: 'patient', clinicIds: [], patientId: PATIENT });
    await full.accounts.change('dot', { disabled: true });
    token = (await full.logIn('root')).accessToken;
  });
  afterAll(() => full.close());

  const list = async (query = '') => {
    const answer = await full.request('GET', `/accounts${query}`, { token });
    expect(answer.status, answer.text).toBe(200);
    return {
      usernames: (answer.body.items as { username: string }[]).map(({ username }) => username),
      nextCursor: answer.body.nextCursor as string | undefined,
      text: answer.text,
    };
  };

  it('has all of them by username, without secrets', async () => {
    const { usernames, nextCursor, text } = await list();
    expect(usernames).toEqual(['bea', 'cyd', 'dot', 'eve', 'root']);
    expect(nextCursor).toBeUndefined();
    expect(text).not.toMatch(/argon2|[hH]ash|ChangedAt/);
  });

  it.each([
    ['role=nurse', ['bea', 'dot']],
    ['clinicId=south', ['cyd', 'dot']],
    ['disabled=true', ['dot']],
    ['disabled=false&role=nurse', ['bea']],
    ['q=capek', ['bea']],
    ['q=%C3%85NGSTROM', ['cyd']],
    ['q=ROO', ['root']],
    ['q=nobody', []],
  ])('is cut by %s', async (query, expected) => {
    expect((await list(`?${query}`)).usernames).toEqual(expected);
  });

  it('comes in pages, which a filter does not make shorter', async () => {
    const first = await list('?limit=2');
    expect(first.usernames).toEqual(['bea', 'cyd']);
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    expect(second.usernames).toEqual(['dot', 'eve']);
    const third = await list(`?limit=2&cursor=${second.nextCursor}`);
    expect(third).toMatchObject({ usernames: ['root'], nextCursor: undefined });
    const nurses = await list('?role=nurse&limit=1');
    expect(nurses.usernames).toEqual(['bea']);
    expect(await list(`?role=nurse&limit=1&cursor=${nurses.nextCursor}`)).toMatchObject({
      usernames: ['dot'],
      nextCursor: undefined,
    });
  });

  it.each([
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=many', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['role=king', 'role'],
    ['disabled=perhaps', 'disabled'],
    ['sort=name', ''],
  ])('refuses %s', async (query, path) => {
    const answer = await full.request('GET', `/accounts?${query}`, { token });
    expect(codeOf(answer)).toBe('400 invalid_input');
    expect(pathsOf(answer)).toEqual([path]);
  });

  it('does not take the cursor of another list', async () => {
    const { nextCursor } = await list('?limit=2');
    const answer = await full.request('GET', `/accounts?role=nurse&cursor=${nextCursor}`, { token });
    expect(pathsOf(answer)).toEqual(['cursor']);
  });
});

describe('the sessions of an account', () => {
  it('are listed and ended by an administrator', async () => {
    await create(nurse('gina'));
    const [one, two] = [
      await server.logIn('gina', { deviceId: 'g-1', deviceName: 'Ward' }),
      await server.logIn('gina', { deviceId: 'g-2' }),
    ];
    const answer = await server.request('GET', '/accounts/gina/sessions', { token: admin });
    expect(answer.body.items).toEqual([
      expect.objectContaining({ deviceId: 'g-1', deviceName: 'Ward', clinicId: 'north', current: false }),
      expect.objectContaining({ deviceId: 'g-2', clinicId: 'north', current: false }),
    ]);
    expect(answer.text).not.toContain(one.principal.userId);
    expect((await server.request('DELETE', '/accounts/gina/sessions', { token: admin })).status).toBe(204);
    for (const { accessToken, refreshToken } of [one, two]) {
      expect(codeOf(await server.me(accessToken))).toBe('401 unauthorized');
      expect(codeOf(await server.refresh(refreshToken))).toBe('401 unauthorized');
    }
    const after = await server.request('GET', '/accounts/gina/sessions', { token: admin });
    expect(after.body.items).toEqual([]);
    expect(server.events.at(-1)).toEqual({ kind: 'sessions_ended', userId: one.principal.userId, by: adminId });
    await server.logIn('gina');
  });
});
