/** Role databases as an administrator sees them: listed, compared with the primary, built anew, with real tablets on the other side. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparisonView } from '../../server/admin/role-databases/comparisons.ts';
import type { ListedRoleDatabase } from '../../server/admin/role-databases/role-database-list.ts';
import { childRevision } from '../../server/store/revisions.ts';
import type { Database } from '../../server/store/store.ts';
import type { Login } from '../support/api-client.ts';
import { differences } from '../support/compare-role-databases.ts';
import { addTo, alterIn, removeFrom } from '../support/damage.ts';
import {
  authored,
  createNetwork,
  createPatientAccount,
  edited,
  loginStaff,
  newDocument,
  newPatient,
} from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { RxdbDevice } from '../support/rxdb-device.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { waitFor } from '../support/wait-for.ts';

interface Page {
  readonly items: readonly ListedRoleDatabase[];
  readonly total: number;
  readonly nextCursor?: string;
}

const PATH = '/api/admin/role-databases';

let server: TestServer;
let nurse: Login;
let doctor: Login;
beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  nurse = await loginStaff(server.api, 'nurseNorth');
  doctor = await loginStaff(server.api, 'doctorNorth');
});
afterAll(() => server?.close());

const list = (query = '') => server.admin.ok<Page>('GET', `${PATH}${query}`);
const names = async (query: string) => (await list(query)).items.map(({ name }) => name);
const one = (name: string) => server.admin.ok<ListedRoleDatabase>('GET', `${PATH}/${name}`);
const servingOf = async (name: string): Promise<Database> => {
  const serving = await server.core.roleDatabases.serving(name);
  if (!serving) throw new Error(`${name} does not serve`);
  return serving;
};

async function compared(name: string): Promise<ComparisonView> {
  const begun = await server.admin.request<ComparisonView>('POST', `${PATH}/${name}/comparison`);
  expect(begun.status).toBe(202);
  return waitFor(
    async () => {
      const view = await server.admin.ok<ComparisonView>('GET', `${PATH}/${name}/comparison`);
      return ['finished', 'failed', 'stopped'].includes(view.state) ? view : undefined;
    },
    { what: `the comparison of ${name}` },
  );
}

async function rebuilt(name: string): Promise<ListedRoleDatabase> {
  const before = (await one(name)).build;
  expect((await server.admin.request('POST', `${PATH}/${name}/rebuild`)).status).toBe(202);
  return waitFor(
    async () => {
      const now = await one(name);
      return now.state === 'serving' && now.build !== before ? now : undefined;
    },
    { what: `${name} being built` },
  );
}

async function auditedKinds(database: string): Promise<string[]> {
  const { items } = await server.admin.ok<{ items: { kind: string; database?: string; by?: string }[] }>(
    'GET',
    '/api/audit',
  );
  return items.filter((entry) => entry.database === database).map(({ kind }) => kind);
}

describe('the list', () => {
  it('has all of them, by role, clinic, name and state, a page at a time', async () => {
    expect(await names('')).toEqual([
      'doctor-north',
      'doctor-south',
      'nurse-north',
      'nurse-south',
      'pharmacist-north',
      'pharmacist-south',
      'reference',
    ]);
    expect(await names('?clinic=south&sort=-name')).toEqual(['pharmacist-south', 'nurse-south', 'doctor-south']);
    expect(await names('?role=nurse')).toEqual(['nurse-north', 'nurse-south']);
    expect(await names('?q=MACIST')).toEqual(['pharmacist-north', 'pharmacist-south']);
    expect(await names('?state=waiting')).toEqual([]);
    for (const sort of ['name', '-documents', 'bytes', '-devices']) {
      const seen: string[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page: Page = await list(`?limit=3&sort=${sort}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        seen.push(...page.items.map(({ name }) => name));
        expect(page.total).toBe(7);
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(await names(`?sort=${sort}`));
    }
  });

  it('tells documents, bytes, sequence and their age, and how many devices sync each', async () => {
    const tablet = new PouchDevice(nurse);
    const patient = newPatient(nurse.principal);
    await tablet.put(patient);
    await tablet.put(newDocument('vital', patient, nurse.principal));
    await tablet.sync();
    const found = await waitFor(
      async () => {
        const now = await one('nurse-north');
        return now.facts?.documents === 2 && now.devices === 1 ? now : undefined;
      },
      { what: 'the facts being read' },
    );
    expect(found).toMatchObject({ role: 'nurse', scope: 'north', state: 'serving', serves: true });
    expect(found.facts?.bytes).toBeGreaterThan(0);
    expect(found.facts?.updateSeq).toBe((await (await servingOf('nurse-north')).info()).updateSeq);
    expect(Date.now() - Date.parse(found.facts?.readAt ?? '')).toBeLessThan(60_000);
    expect(await names('?sort=-documents&limit=3')).toContain('nurse-north');
  });

  it('answers a name that nothing has with what that means', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/rebuild'],
      ['GET', '/comparison'],
      ['POST', '/comparison'],
    ] as const)
      expect((await server.admin.request(method, `${PATH}/nurse-nowhere${path}`)).status).toBe(404);
  });
});

describe('a role database in health', () => {
  it('does not differ from the primary, whatever its role, and while it is written to', async () => {
    const colleague = new PouchDevice(doctor);
    const patient = newPatient(doctor.principal);
    const confidential = newDocument('record', patient, doctor.principal, { confidential: true });
    const documents = [
      patient,
      newDocument('record', patient, doctor.principal),
      confidential,
      newDocument('prescription', patient, doctor.principal),
    ];
    for (const document of documents) await colleague.put(document);
    await colleague.sync();
    // Leaves the nurses' database, and the doctors' of the south come to hold and to lose the patient.
    const doctorApi = server.api.as(doctor.accessToken);
    for (const clinicIds of [['north', 'south'], ['north']])
      await doctorApi.ok('PATCH', `/api/patients/${patient._id}`, { clinicIds });
    const account = await createPatientAccount(server.admin, patient.patientId);
    await new PouchDevice(account).pull();
    let writing = true;
    const writer = (async () => {
      for (let n = 0; writing; n++) {
        await colleague.put(newDocument('vital', patient, doctor.principal, { heartRatePerMinute: 60 + (n % 60) }));
        await colleague.sync();
      }
    })();
    for (const { name } of (await list()).items) {
      const result = await compared(name);
      expect(result, name).toMatchObject({ state: 'finished', differing: 0, differences: [], paused: false });
      expect(result.finishedAt).toBeDefined();
    }
    writing = false;
    await writer;
    expect((await compared('doctor-north')).documents).toBeGreaterThan(4);
    expect(await auditedKinds('doctor-south')).toEqual(['role_database_comparison']);
  });
});

describe('a role database that was damaged', () => {
  it('is told document by document, without what is in them, and is right on stock tablets after it was built anew', {
    timeout: 180_000,
  }, async () => {
    const author = nurse.principal;
    const pouch = new PouchDevice(nurse);
    const patient = newPatient(author);
    const vitals = [1, 2, 3].map(() => newDocument('vital', patient, author));
    const [removed, altered, kept] = vitals as [(typeof vitals)[0], (typeof vitals)[0], (typeof vitals)[0]];
    for (const document of [patient, ...vitals]) await pouch.put(document);
    await pouch.sync();
    const rxdb = await RxdbDevice.start(nurse);
    await rxdb.awaitInSync();
    expect(await rxdb.get('vital', removed._id)).not.toBeNull();

    const serving = await servingOf('nurse-north');
    const { _id: nowhere, ...body } = newDocument('vital', patient, author);
    await removeFrom(serving, removed._id);
    await alterIn(serving, altered._id, { heartRatePerMinute: 111 });
    await addTo(serving, childRevision(undefined, nowhere, body));
    const stopLive = pouch.live();
    const badlyOff = { vital: async () => (await rxdb.get('vital', altered._id))?.heartRatePerMinute };
    await waitFor(async () => (await badlyOff.vital()) === 111, { what: 'RxDB having the damage' });
    await waitFor(async () => (await pouch.get(altered._id)).heartRatePerMinute === 111, { what: 'PouchDB having it' });

    const found = await compared('nurse-north');
    expect(found).toMatchObject({ state: 'finished', differing: 3 });
    expect(Object.fromEntries((found.differences ?? []).map(({ documentId, kind }) => [documentId, kind]))).toEqual({
      [removed._id]: 'missing',
      [altered._id]: 'revisions',
      [nowhere]: 'extra',
    });
    expect(JSON.stringify(found)).not.toContain('heartRate');

    const now = await rebuilt('nurse-north');
    expect(now.build).toBe(`${server.core.roleDatabases.epoch}r2`);
    const right = async (document: (id: string) => Promise<unknown>) => {
      for (const { _id } of [removed, altered, kept])
        await waitFor(
          async () => ((await document(_id)) as { heartRatePerMinute?: number })?.heartRatePerMinute === 72,
          {
            what: `${_id} being right`,
          },
        );
      await waitFor(async () => !(await document(nowhere)), { what: 'what belongs nowhere being gone' });
    };
    await right((id) => rxdb.get('vital', id));
    await right((id) => pouch.get(id).catch(() => undefined));
    stopLive();
    // Work of the tablets goes on, to the new build.
    await rxdb.patch('vital', kept._id, { heartRatePerMinute: 80, ...edited(author) });
    await rxdb.awaitInSync();
    await waitFor(
      async () => {
        await pouch.sync();
        return (await pouch.get(kept._id)).heartRatePerMinute === 80;
      },
      { what: 'the edit on the other tablet' },
    );
    // The switch ends its feeds; they begin again by themselves.
    expect((await rxdb.errors()).filter(({ code }) => code !== 'RC_STREAM')).toEqual([]);
    expect(pouch.denied).toEqual([]);
    await rxdb.close();
    expect((await compared('nurse-north')).differing).toBe(0);
    await server.settled();
    expect(await differences(server.core)).toEqual([]);
    expect((await auditedKinds('nurse-north')).filter((kind) => kind === 'role_database_rebuild')).toHaveLength(1);
  });

  it('that shows another body under the same revision, or a document of others, is told and repaired as well', async () => {
    const author = doctor.principal;
    const tablet = new PouchDevice(doctor);
    const patient = newPatient(author);
    const record = newDocument('record', patient, author, { confidential: true });
    for (const document of [patient, record]) await tablet.put(document);
    await tablet.sync();
    const south = await loginStaff(server.api, 'doctorSouth');
    const southern = new PouchDevice(south);
    const foreign = newPatient(south.principal);
    await southern.put(foreign);
    await southern.sync();
    const inPrimary = async (id: string) => (await server.core.primary.leaves([id])).get(id)?.[0];
    const nurses = await servingOf('nurse-north');
    // A nurse may see neither.
    for (const id of [record._id, foreign._id]) {
      const leaf = await inPrimary(id);
      if (leaf) await addTo(nurses, leaf);
    }
    const nurseTablet = new PouchDevice(nurse);
    await nurseTablet.pull();
    const kinds = new Map(
      (await compared('nurse-north')).differences?.map(({ documentId, kind }) => [documentId, kind]),
    );
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        [record._id, 'not_removed'],
        [foreign._id, 'extra'],
      ]),
    );
    await rebuilt('nurse-north');
    expect((await compared('nurse-north')).differing).toBe(0);
    await nurseTablet.sync();
    expect(await nurseTablet.ids()).not.toContain(record._id);
    expect(await nurseTablet.ids()).not.toContain(foreign._id);
    expect(nurseTablet.denied).toEqual([]);
    await tablet.sync();
    expect((await tablet.get(record._id)).diagnosis).toBe('Acute bronchitis');
  });

  it('that shows another body under the right revision is told by the names of its fields, and repaired', async () => {
    const author = nurse.principal;
    const tablet = new PouchDevice(nurse);
    const patient = newPatient(author);
    await tablet.put(patient);
    await tablet.sync();
    await server.admin.ok('POST', '/api/admin/projector/pause');
    const vital = newDocument('vital', patient, author);
    await tablet.put(vital);
    await tablet.push();
    const [leaf] = (await server.core.primary.leaves([vital._id])).get(vital._id) ?? [];
    if (!leaf) throw new Error('the primary does not have it');
    // A revision that is there is not written again: the projector does not mend this.
    await addTo(await servingOf('doctor-north'), {
      ...leaf,
      body: { ...leaf.body, heartRatePerMinute: 111, notes: 'x' },
    });
    await server.admin.ok('POST', '/api/admin/projector/resume');
    const colleague = new PouchDevice(doctor);
    await waitFor(async () => (await (await servingOf('nurse-north')).known([vital._id])).size === 1, {
      what: 'the projector going on',
    });
    await colleague.pull();
    expect((await colleague.get(vital._id)).heartRatePerMinute).toBe(111);
    expect((await compared('doctor-north')).differences).toEqual([
      {
        documentId: vital._id,
        kind: 'body',
        fields: ['heartRatePerMinute', 'notes'],
        expectedRev: leaf.rev,
        shownRev: leaf.rev,
      },
    ]);
    await rebuilt('doctor-north');
    expect((await compared('doctor-north')).differing).toBe(0);
    await colleague.sync();
    expect((await colleague.get(vital._id)).heartRatePerMinute).toBe(72);
    expect((await colleague.get(vital._id)).notes).toBeUndefined();
    expect(colleague.denied).toEqual([]);
  });

  it('in more than a thousand documents is counted, and the first thousand are listed', {
    timeout: 60_000,
  }, async () => {
    const serving = await servingOf('pharmacist-south');
    const strays = Array.from({ length: 1_050 }, () => {
      const { _id, ...body } = newDocument('prescription', newPatient(doctor.principal), doctor.principal);
      return childRevision(undefined, _id, body);
    });
    await serving.write(strays);
    const found = await compared('pharmacist-south');
    expect(found).toMatchObject({ differing: 1_050, documents: 1_050 });
    expect(found.differences).toHaveLength(1_000);
    await rebuilt('pharmacist-south');
    expect((await compared('pharmacist-south')).differing).toBe(0);
  });

  it('loses nothing that is written while it is built anew', { timeout: 60_000 }, async () => {
    const tablet = new PouchDevice(nurse);
    const colleague = new PouchDevice(doctor);
    const patient = newPatient(nurse.principal);
    await tablet.put(patient);
    await tablet.sync();
    const written: string[] = [];
    let writing = true;
    const writer = (async () => {
      while (writing) {
        const vital = newDocument('vital', patient, nurse.principal);
        await tablet.put(vital);
        await tablet.push();
        written.push(vital._id);
      }
    })();
    for (let n = 1; n <= 4; n++) {
      await rebuilt('doctor-north');
      await waitFor(() => written.length > n, { what: 'the tablet writing' });
    }
    writing = false;
    await writer;
    expect((await compared('doctor-north')).differing).toBe(0);
    await colleague.sync();
    expect(written.length).toBeGreaterThan(4);
    expect(await colleague.ids()).toEqual(expect.arrayContaining([patient._id, ...written]));
    expect([...tablet.denied, ...colleague.denied]).toEqual([]);
  });

  it('is repaired where it is the reference database, or that of a patient', async () => {
    const drug = {
      _id: `drug:drug:${newDocument('vital', newPatient(doctor.principal), doctor.principal)._id.split(':')[2]}`,
      type: 'drug',
      name: 'Amoxicillin',
      ...authored(doctor.principal),
    };
    await server.core.writePath.putTrusted([{ id: drug._id, body: withoutId(drug) }]);
    await server.settled();
    const reference = await servingOf('reference');
    await removeFrom(reference, drug._id);
    expect((await compared('reference')).differences).toMatchObject([{ documentId: drug._id, kind: 'missing' }]);
    await rebuilt('reference');
    expect((await compared('reference')).differing).toBe(0);

    const tablet = new PouchDevice(doctor);
    const patient = newPatient(doctor.principal);
    await tablet.put(patient);
    await tablet.push();
    const account = await createPatientAccount(server.admin, patient.patientId);
    const name = `patient-${patient.patientId}`;
    await waitFor(async () => (await one(name)).serves, { what: 'the database of the patient' });
    const phone = new PouchDevice(account);
    await phone.pull();
    await alterIn(await servingOf(name), patient._id, { firstName: 'Nobody' });
    await phone.pull();
    expect((await phone.get(patient._id)).firstName).toBe('Nobody');
    expect((await compared(name)).differences).toMatchObject([{ documentId: patient._id, kind: 'revisions' }]);
    await rebuilt(name);
    await phone.sync();
    expect((await phone.get(patient._id)).firstName).toBe('Ada');
    expect((await compared(name)).differing).toBe(0);
  });
});

const withoutId = ({ _id, ...body }: Record<string, unknown>) => body;

describe('a comparison', () => {
  it('is known after a restart, and one that the restart ended is told as stopped', async () => {
    const { environment } = server;
    const before = await compared('doctor-south');
    await server.core.registry.putLocal('comparison.nurse-south', {
      view: { name: 'nurse-south', state: 'running', done: 1, total: 9 },
      savedAtMs: Date.now() - 60_000,
    });
    await server.stop();
    server = await startServer({ environment });
    const view = (name: string) => server.admin.ok<ComparisonView>('GET', `${PATH}/${name}/comparison`);
    expect(await view('doctor-south')).toEqual(before);
    expect(await view('nurse-south')).toMatchObject({ state: 'stopped' });
    expect(await view('pharmacist-south')).toMatchObject({ state: 'finished' });
  });
});
