/**
 * A role is added to a copy of the project as CONTRIBUTING.md says, by changing the files that it names and no other. Then
 * somebody of that role works on a tablet, and every list of roles has it: those of the routes and those of the dashboard.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClinicHealth } from '../../server/admin/monitoring/clinic-health.ts';
import type { RulesView } from '../../server/admin/rules/rule-rows.ts';
import type { TrialView } from '../../server/admin/rules/rule-trial.ts';
import { DashboardBrowser } from '../dashboard/dashboard-browser.ts';
import { ApiClient, type Login } from '../support/api-client.ts';
import { SKIP_BROWSER } from '../support/browser.ts';
import { DescribedAnswers } from '../support/described-answers.ts';
import { readDocument } from '../support/documents.ts';
import { ADMIN_PASSWORD, createEnvironment, type TestEnvironment } from '../support/environment.ts';
import { newDocument, newPatient, PASSWORD } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { type ServerProcess, startServerProcess } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';
import { filesToChange, ProjectCopy } from './project-copy.ts';

const ROLE = 'midwife';
const FINGERPRINT_TEST = 'test/sync-rules/fingerprint.test.ts';
const TSC = 'node_modules/typescript/bin/tsc';

let copy: ProjectCopy;
let environment: TestEnvironment;
let server: ServerProcess;
let admin: ApiClient;

async function addRole(): Promise<void> {
  await copy.insert(
    'shared-schemas/roles.ts',
    '  patient: {\n',
    `  ${ROLE}: { scope: 'clinic', name: 'Midwife', summary: 'Sees the patients of their clinics, and measures them.' },\n`,
  );
  await copy.insert(
    'sync-rules/access-table.ts',
    "    case 'pharmacist':\n",
    "    case 'midwife':\n      return midwifeRows(principal, here);\n",
  );
  await copy.insert(
    'sync-rules/access-table.ts',
    '/** What doctors and nurses share. */\n',
    `function midwifeRows({ userId }: Principal, here: Conditions): AccessRow[] {
  return [
    ...(['patient', 'vital'] as const).map(
      (subject): AccessRow => ({
        action: 'read',
        subject,
        fields: readable(subject),
        conditions: here,
        reason: \`a midwife reads the \${subject} documents of the clinic\`,
      }),
    ),
    { action: 'create', subject: 'vital', after: { ...here, createdBy: userId }, reason: 'a midwife measures' },
  ];
}

`,
  );
  const modules = { projection: 'sync-rules/projection.ts' };
  const fingerprint = await copy.evaluate<string>(modules, 'projection.projectionFingerprint()');
  const next = createHash('sha256').update(fingerprint).digest('hex');
  const { text } = await readDocument(FINGERPRINT_TEST);
  await copy.replace(FINGERPRINT_TEST, /[0-9a-f]{64}/.exec(text)?.[0] ?? 'no hash', next);
}

beforeAll(async () => {
  copy = await ProjectCopy.make(FINGERPRINT_TEST);
  await addRole();
  environment = await createEnvironment();
  server = await startServerProcess(environment, copy.folder);
  const api = new ApiClient(server.url, undefined, await DescribedAnswers.of(server.url));
  admin = api.as((await api.login('admin', ADMIN_PASSWORD)).accessToken);
  await admin.ok('POST', '/api/clinics', { slug: 'north', name: 'Clinic north' });
  for (const role of ['doctor', ROLE])
    await admin.ok('POST', '/api/accounts', {
      ...{ username: `${role}north`, password: PASSWORD, role, name: `${role} of north`, clinicIds: ['north'] },
    });
}, 120_000);

afterAll(async () => {
  await server?.kill('SIGTERM');
  await environment?.remove();
  await copy?.remove();
});

const logIn = (role: string): Promise<Login> => admin.login(`${role}north`, PASSWORD);
const items = async <T extends object>(route: string) => (await admin.ok<{ items: T[] }>('GET', route)).items;

describe('a new role', () => {
  it('is added by changing the files that CONTRIBUTING.md names, three at most', async () => {
    const named = await filesToChange('Add a role');
    expect([...copy.changed].sort()).toEqual([...named].sort());
    expect(named.length).toBeLessThanOrEqual(3);
  });

  it('leaves nothing for the compiler to find', { timeout: 300_000 }, async () => {
    for (const project of ['.', 'server/dashboard/client'])
      expect(await copy.run(TSC, '-p', project)).toEqual({ status: 0, printed: '' });
  });

  it('works on a tablet: it receives what its rows say, and what it may write arrives', async () => {
    const doctor = await logIn('doctor');
    const patient = newPatient(doctor.principal);
    const [record, vital] = [
      newDocument('record', patient, doctor.principal),
      newDocument('vital', patient, doctor.principal),
    ];
    const desk = new PouchDevice(doctor);
    for (const document of [patient, record, vital]) await desk.put(document);
    await desk.push();
    const login = await logIn(ROLE);
    expect(login.principal.role).toBe(ROLE);
    expect(login.databases.map(({ name }) => name)).toEqual([`${ROLE}-north`, 'reference']);
    const tablet = new PouchDevice(login);
    await waitFor(
      async () => {
        await tablet.pull();
        return (await tablet.documents()).size === 2;
      },
      { what: 'the patient and the vital on the tablet' },
    );
    expect([...(await tablet.documents()).keys()].sort()).toEqual([patient._id, vital._id].sort());
    const own = newDocument('vital', patient, login.principal, { heartRatePerMinute: 64 });
    const forbidden = newDocument('record', patient, login.principal);
    for (const document of [own, forbidden]) await tablet.put(document);
    await tablet.push();
    expect(tablet.denied.map(({ id }) => id)).toEqual([forbidden._id]);
    expect(await admin.ok('GET', `/api/vitals/${own._id}`)).toMatchObject({ heartRatePerMinute: 64 });
    expect(await admin.ok('GET', `/api/admin/documents/${own._id}`)).toMatchObject({
      databases: expect.arrayContaining([expect.objectContaining({ database: `${ROLE}-north`, right: true })]),
    });
  });

  it('is in the answers of the routes that list roles, or are asked for one', async () => {
    expect(await items(`/api/accounts?role=${ROLE}`)).toMatchObject([{ username: `${ROLE}north`, role: ROLE }]);
    expect(await items(`/api/admin/role-databases?role=${ROLE}`)).toMatchObject([
      { name: `${ROLE}-north`, role: ROLE },
    ]);
    expect(await items<{ activity?: object }>(`/api/admin/devices?role=${ROLE}`)).toMatchObject([
      { activity: { role: ROLE } },
    ]);
    const { roles } = await admin.ok<RulesView>('GET', '/api/admin/rules');
    const sentences = roles.find(({ role }) => role === (ROLE as string))?.rows.map(({ sentence }) => sentence);
    expect(sentences).toEqual(expect.arrayContaining(['a midwife measures', 'staff keep their own contact fields']));
    const trial = { role: ROLE, clinicId: 'north', document: { type: 'vital' } };
    expect((await admin.ok<TrialView>('POST', '/api/admin/rules/try', trial)).reading.sentence).toBe(
      'A midwife of north reads this vital whole: a midwife reads the vital documents of the clinic.',
    );
    expect((await admin.request('POST', '/api/admin/rules/try', { ...trial, clinicId: undefined })).status).toBe(400);
    const [health] = await items<ClinicHealth>('/api/admin/clinics-health');
    expect(health?.databases).toHaveLength(4);
    expect(await items('/api/staff?limit=50')).toEqual(
      expect.arrayContaining([expect.objectContaining({ role: ROLE, name: `${ROLE} of north` })]),
    );
  });

  it('is in the description of the API, wherever the others are', async () => {
    const description: unknown = await (await fetch(`${server.url}/api/openapi.json`)).json();
    const lists: string[][] = [];
    const visit = (value: object): void => {
      for (const [key, one] of Object.entries(value)) {
        if (key === 'enum' && Array.isArray(one) && one.includes('nurse')) lists.push(one);
        else if (typeof one === 'object' && one !== null) visit(one);
      }
    };
    visit({ description });
    expect(lists.length).toBeGreaterThan(5);
    expect(lists.filter((list) => !list.includes(ROLE))).toEqual([]);
    expect(JSON.stringify(description)).toContain(`Of doctor, nurse, pharmacist, ${ROLE}, in this order`);
  });

  it('needs a clinic, as the others at a clinic do', async () => {
    const account = { username: 'nowhere', password: PASSWORD, role: ROLE, name: 'Nowhere', clinicIds: [] };
    const { status, body } = await admin.request<{ faults: unknown }>('POST', '/api/accounts', account);
    expect(status).toBe(400);
    expect(body.faults).toMatchObject([{ path: 'clinicIds', message: `a ${ROLE} needs at least one clinic` }]);
  });

  it('is in the lists of the dashboard', async () => {
    const client = 'server/dashboard/client';
    const modules = { roles: `${client}/roles.ts`, words: `${client}/pages/role-databases/role-database-words.ts` };
    const lists = await copy.evaluate<{
      options: [string, string][];
      readers: [string, string][];
      hasClinics: boolean;
    }>(modules, `{ options: roles.ROLE_OPTIONS, readers: words.READERS, hasClinics: roles.hasClinics('${ROLE}') }`);
    expect(lists.options).toContainEqual([ROLE, 'Midwife']);
    expect(lists.readers).toContainEqual([ROLE, 'Midwifes']);
    expect(lists.hasClinics).toBe(true);
  });

  it.skipIf(SKIP_BROWSER)('is offered and shown by the pages of the dashboard', async () => {
    const browser = await DashboardBrowser.launch(server);
    try {
      const { page, complaints } = await browser.logIn('/admin/accounts');
      const choice = (label: string) => page.getByLabel(label, { exact: true }).first();
      await choice('Role').selectOption(ROLE);
      await page.getByText(`${ROLE} of north`).first().waitFor();
      for (const [address, label] of [
        ['/admin/devices', 'Role'],
        ['/admin/role-databases', 'Read by'],
        ['/admin/rules', 'or someone made up: role'],
        ['/admin/rules', 'Role'],
      ] as const) {
        await page.goto(`${server.url}${address}`);
        await choice(label).selectOption(ROLE);
      }
      await page.getByText('a midwife measures').waitFor();
      await page.goto(`${server.url}/admin/role-databases/${ROLE}-north`);
      await page.getByText('Midwifes').first().waitFor();
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
