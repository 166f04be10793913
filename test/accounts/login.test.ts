import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newInvitation } from '../../server/accounts/invitations.ts';
import { newPatientId } from '../../shared-schemas/ids.ts';
import { AuthServer, codeOf, PASSWORD } from './auth-server.ts';

const patientId = newPatientId();
let server: AuthServer;
beforeAll(async () => {
  server = await AuthServer.start();
  await server.addAccount('nina');
  await server.addAccount('dora', { role: 'doctor', clinicIds: ['north', 'south'] });
  await server.addAccount('olaf', { role: 'pharmacist', clinicIds: [] });
  await server.addAccount('root', { role: 'admin', clinicIds: [] });
  await server.addAccount('paul', { role: 'patient', clinicIds: [], patientId });
  await server.addAccount('gone');
  const { stored: invitation } = newInvitation('ida', Date.now());
  await server.accounts.create({ username: 'ida', role: 'nurse', name: 'Ida', clinicIds: ['north'], invitation });
  await server.accounts.change('gone', { disabled: true });
});
afterAll(() => server.close());

const databaseNames = async (username: string, details: Record<string, string> = {}) =>
  (await server.logIn(username, details)).databases.map(({ name }) => name);

describe('login', () => {
  it('answers tokens, the principal and the databases to sync', async () => {
    const answer = await server.tryLogIn('nina', PASSWORD, { deviceId: 'tablet-1', deviceName: 'Ward tablet' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({
      accessToken: expect.stringMatching(/^eyJ/),
      accessTokenExpiresAt: expect.stringMatching(/Z$/),
      refreshToken: expect.stringMatching(/\.[\w-]{43}$/),
      tokenType: 'Bearer',
      deviceSecret: expect.stringMatching(/^[\w-]{43}$/),
      principal: {
        userId: expect.stringMatching(/^u[0-9a-z]{26}$/),
        username: 'nina',
        name: 'nina',
        role: 'nurse',
        clinicId: 'north',
        deviceId: 'tablet-1',
      },
      databases: [
        {
          name: 'nurse-north',
          url: `${server.url}/sync/nurse-north`,
          types: expect.arrayContaining(['patient', 'vital']),
        },
        { name: 'reference', url: `${server.url}/sync/reference`, types: ['drug', 'clinic', 'staff'] },
      ],
    });
    expect(await server.devices.find('tablet-1')).toMatchObject({ name: 'Ward tablet' });
  });

  it('answers the same at /api/me', async () => {
    const { accessToken, principal, databases } = await server.logIn('nina');
    expect((await server.me(accessToken)).body).toEqual({ principal, databases });
  });

  it('takes the username in any case', async () => {
    expect((await server.logIn(' Nina ')).principal.username).toBe('nina');
  });

  it('gives a session of a patient that patient, and of an administrator no clinic', async () => {
    expect(await databaseNames('paul')).toEqual([`patient-${patientId}`, 'reference']);
    expect(await databaseNames('root')).toEqual(['reference']);
  });

  it('asks for a clinic where the account has several, and only after the password was right', async () => {
    const asked = await server.tryLogIn('dora', PASSWORD);
    expect(codeOf(asked)).toBe('400 clinic_required');
    expect(asked.body.clinicIds).toEqual(['north', 'south']);
    expect(codeOf(await server.tryLogIn('dora', 'wrong password'))).toBe('401 invalid_credentials');
    expect(await databaseNames('dora', { clinicId: 'south' })).toEqual(['doctor-south', 'reference']);
  });

  it.each([
    ['nina', 'south', '403 wrong_clinic'],
    ['root', 'north', '403 wrong_clinic'],
    ['paul', 'north', '403 wrong_clinic'],
    ['olaf', 'north', '403 no_clinic'],
  ])('refuses %s at clinic %s: %s', async (username, clinicId, refusal) => {
    expect(codeOf(await server.tryLogIn(username, PASSWORD, { clinicId }))).toBe(refusal);
  });

  it('answers a wrong user, a wrong password, a disabled account, one without a password and an impossible name byte for byte alike', async () => {
    const answers = [
      await server.tryLogIn('nina', 'wrong password'),
      await server.tryLogIn('nobody', PASSWORD),
      await server.tryLogIn('gone', PASSWORD),
      await server.tryLogIn('ida', PASSWORD),
      await server.tryLogIn('no such/name', PASSWORD),
    ];
    for (const answer of answers) expect(codeOf(answer)).toBe('401 invalid_credentials');
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const headersOf = (headers: Headers) => [...headers].filter(([name]) => name !== 'date').join('\n');
    expect(new Set(answers.map(({ headers }) => headersOf(headers))).size).toBe(1);
  });

  it('takes as long for a wrong user, or one without a password, as for a wrong password', async () => {
    const usernames = ['nina', 'nobody', 'ida'] as const;
    // The shortest of many says what the work is, on a machine that does other things; in turns, so that all meet the same.
    const shortestMs = new Map<string, number>(usernames.map((username) => [username, Number.POSITIVE_INFINITY]));
    for (let round = 0; round < 15; round++) {
      for (const username of usernames) {
        const startedAtMs = performance.now();
        await server.tryLogIn(username, 'wrong password');
        shortestMs.set(username, Math.min(shortestMs.get(username) ?? 0, performance.now() - startedAtMs));
      }
    }
    const [wrongPasswordMs = 0, ...wrongUserMs] = shortestMs.values();
    for (const ms of wrongUserMs) {
      expect(ms).toBeGreaterThan(wrongPasswordMs / 2);
      expect(ms).toBeLessThan(wrongPasswordMs * 2);
    }
  });

  it('gives a device that names itself not an id, and keeps a device with its account', async () => {
    const { principal, deviceSecret = '' } = await server.logIn('nina', { deviceName: 'Tablet' });
    const { deviceId = '' } = principal;
    expect(deviceId).toMatch(/^d[0-9a-z]{26}$/);
    const taken = await server.tryLogIn('paul', PASSWORD, { deviceId });
    expect(codeOf(taken)).toBe('403 device_taken');
    expect((await server.logIn('nina', { deviceId, deviceSecret })).principal.deviceId).toBe(deviceId);
  });

  it('gives an id that it made for a session to no other account', async () => {
    const { deviceId = '' } = (await server.logIn('nina')).principal;
    expect(deviceId).toMatch(/^d[0-9a-z]{26}$/);
    expect((await server.logIn('paul', { deviceId })).principal.deviceId).not.toBe(deviceId);
  });

  it('tells the audit log of logins and refusals', async () => {
    server.events.length = 0;
    const { principal } = await server.logIn('nina');
    await server.tryLogIn('nina', 'wrong password');
    await server.tryLogIn('nobody', 'wrong password');
    expect(server.events).toEqual([
      expect.objectContaining({ kind: 'login', userId: principal.userId, clinicId: 'north' }),
      { kind: 'login_refused', userId: principal.userId },
      { kind: 'login_refused' },
    ]);
  });
});

describe('what a login cannot be', () => {
  it('lists the faults of the input', async () => {
    const answer = await server.request('POST', '/login', { body: { username: 'nina', deviceId: 'a b', admin: true } });
    expect(codeOf(answer)).toBe('400 invalid_input');
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const faults = answer.body.faults as { path: string; message: string }[];
    expect(faults.map(({ path }) => path).sort()).toEqual(['', 'deviceId', 'password']);
    expect(faults.find(({ path }) => path === '')?.message).toMatch(/admin/);
  });

  it.each([
    ['malformed JSON', '{"username":', '400 malformed_json'],
    ['a huge body', JSON.stringify({ username: 'x'.repeat(20_000) }), '413 too_large'],
  ])('refuses %s', async (_what, body, refusal) => {
    expect(codeOf(await server.request('POST', '/login', { body }))).toBe(refusal);
  });

  it('refuses a body that is not JSON or not in a known charset', async () => {
    for (const contentType of ['text/plain', 'application/json; charset=latin1']) {
      const response = await fetch(`${server.url}/api/login`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: '{}',
      });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({ code: 'unsupported_media_type' });
    }
  });

  it('answers an unknown route with a problem', async () => {
    expect(codeOf(await server.request('GET', '/nothing'))).toBe('404 not_found');
  });
});

describe('too many wrong passwords', () => {
  it('are answered 429 with Retry-After, for that username only; right ones are not counted', async () => {
    const limited = await AuthServer.start({ loginAttemptsPerMinute: 2 });
    try {
      await limited.addAccount('nina');
      await limited.addAccount('dora');
      for (let i = 0; i < 3; i++) await limited.logIn('nina');
      for (let i = 0; i < 2; i++) expect((await limited.tryLogIn('Nina', 'wrong password')).status).toBe(401);
      const refused = await limited.tryLogIn('nina', PASSWORD);
      expect(codeOf(refused)).toBe('429 too_many_attempts');
      const waitSeconds = Number(refused.headers.get('retry-after'));
      expect(waitSeconds).toBeGreaterThan(0);
      expect(waitSeconds).toBeLessThanOrEqual(60);
      await limited.logIn('dora');
    } finally {
      await limited.close();
    }
  });
});
