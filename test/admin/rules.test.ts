/** The rules, tried over HTTP, and held against what becomes of the same write when it is really made. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesView } from '../../server/admin/rules/rule-rows.ts';
import type { TrialView } from '../../server/admin/rules/rule-trial.ts';
import { PATHS } from '../../server/api/resources.ts';
import { asDocument } from '../../server/documents/write/document-policy.ts';
import { winnerOf } from '../../server/store/revisions.ts';
import { DOCUMENT_TYPES, type DocumentType } from '../../shared-schemas/document-types.ts';
import { parseId } from '../../shared-schemas/ids.ts';
import type { Principal } from '../../sync-rules/principal.ts';
import { syncRules } from '../../sync-rules/sync-rules.ts';
import { ApiNetwork, type Problem } from '../api/api-network.ts';
import { PROPERTY_SEED, runs, say } from '../property/seed.ts';
import type { Login } from '../support/api-client.ts';
import {
  authored,
  createPatientAccount,
  newDocument,
  newPatient,
  PASSWORD,
  STAFF,
  type StaffName,
} from '../support/network.ts';
import { createRandom } from '../support/random.ts';

let network: ApiNetwork;
beforeAll(async () => {
  network = await ApiNetwork.start();
});
afterAll(() => network?.close());

const TRY = '/api/admin/rules/try';
const admin = () => network.server.admin;
const tried = (input: object) => admin().ok<TrialView>('POST', TRY, input);
const refused = (input: object) => admin().request<Problem>('POST', TRY, input);
const author = (name: StaffName) => network.login(name).principal;
const add = (name: StaffName, document: { readonly type: string }) =>
  network.as(name).ok('POST', `/api/${PATHS[document.type as DocumentType]}`, document);
const fieldOf = ({ writing }: TrialView, name: string) => writing.fields.find(({ field }) => field === name);

async function newRecord(more: Record<string, unknown> = {}, type: 'record' | 'prescription' | 'procedure' = 'record') {
  const patient = newPatient(author('doctorNorth'));
  const document = newDocument(type, patient, author('doctorNorth'), more);
  for (const one of [patient, document]) await add('doctorNorth', one);
  return { patient, id: document._id };
}

describe('the access table', () => {
  it('is answered by role, with conditions in words', async () => {
    const { roles } = await admin().ok<RulesView>('GET', '/api/admin/rules');
    expect(roles.map(({ role }) => role).sort()).toEqual(['admin', 'doctor', 'nurse', 'patient', 'pharmacist']);
    const nurse = roles.find(({ role }) => role === 'nurse')?.rows ?? [];
    expect(nurse.find(({ type, action }) => type === 'record' && action === 'read')).toMatchObject({
      ...{ sentence: 'a nurse reads the records of the clinic that are not confidential' },
      when: ['of the clinic of their session', 'confidential is not true'],
    });
    expect(nurse.some(({ type }) => type === 'prescription')).toBe(false);
    expect(nurse.find(({ type, action }) => type === 'procedure' && action === 'update')).toMatchObject({
      when: ['of the clinic of their session', 'status is planned'],
      afterwards: ['status is performed', 'performedBy is themselves'],
    });
  });

  it('says what every write has to keep besides', async () => {
    const { everyWrite } = await admin().ok<RulesView>('GET', '/api/admin/rules');
    expect(everyWrite).toContainEqual({
      ...{ code: 'wrong_author', actions: ['create', 'update', 'delete'], exempt: ['admin'] },
      sentence: 'whoever writes filledBy writes themselves',
    });
    const codes = ['document_deleted', 'not_visible', 'field_fixed', 'wrong_time', 'wrong_author', 'wrong_state'];
    expect(everyWrite.map(({ code }) => code)).toEqual(expect.arrayContaining(codes));
  });
});

describe('a trial', () => {
  it('says why a nurse does not see a confidential record, and what a doctor sees and may write', async () => {
    const { id } = await newRecord({ confidential: true });
    const nurse = await tried({ role: 'nurse', clinicId: 'north', documentId: id });
    expect(nurse.reading).toEqual({
      allowed: false,
      sentence:
        'A nurse of north does not see this record: a nurse reads the records of the clinic that are not confidential, and its confidential is true.',
    });
    expect(nurse).not.toHaveProperty('copy');
    expect(nurse.writing).toMatchObject({
      update: { allowed: false, code: 'not_visible' },
      delete: { code: 'not_visible' },
    });
    expect(nurse.writing.fields.some(({ writable }) => writable)).toBe(false);

    const doctor = await tried({ username: 'doctornorth', documentId: id });
    expect(doctor.person).toMatchObject({
      who: 'A doctor of north',
      name: 'doctorNorth',
      disabled: false,
      clinicId: 'north',
    });
    expect(doctor.reading.row).toMatchObject({ action: 'read', type: 'record', conditions: { clinicIds: 'north' } });
    expect(doctor.copy?.hiddenFields).toEqual([]);
    expect(doctor.synced).toMatchObject({ database: 'doctor-north', body: { confidential: true } });
    expect(doctor.writing).toMatchObject({
      create: { allowed: true },
      update: { allowed: true },
      delete: { allowed: true },
    });
    expect(fieldOf(doctor, 'notes')).toMatchObject({ visible: true, writable: true });
    expect(fieldOf(doctor, 'patientId')).toMatchObject({ writable: false });
    expect((await tried({ username: 'doctorsouth', documentId: id })).reading.sentence).toContain('it is of north');
  });

  it('says what a field needs afterwards, and judges the change as the gateway does', async () => {
    const { id } = await newRecord({}, 'procedure');
    const nurse = { username: 'nursenorth', documentId: id };
    const asked = await tried(nurse);
    expect(fieldOf(asked, 'performNotes')).toMatchObject({
      ...{ writable: true, sentence: 'a nurse performs a planned procedure' },
      afterwards: ['status is performed', `performedBy is ${author('nurseNorth').userId}`],
    });
    expect((await tried({ ...nurse, change: { set: { performNotes: 'Done' } } })).decision).toMatchObject({
      ...{ allowed: false, action: 'update', code: 'field_not_allowed', fields: ['performNotes'] },
    });
    const done = {
      status: 'performed',
      performedBy: author('nurseNorth').userId,
      performedAt: new Date().toISOString(),
    };
    expect((await tried({ ...nurse, change: { set: done } })).decision).toMatchObject({
      ...{ allowed: true, action: 'update', row: { sentence: 'a nurse performs a planned procedure' } },
    });
    expect((await tried({ ...nurse, change: { delete: true } })).decision).toMatchObject({
      allowed: false,
      action: 'delete',
    });
    expect((await tried({ ...nurse, change: { set: { status: 'never' } } })).decision).toMatchObject({
      ...{ code: 'invalid_document', faults: [{ path: '/status' }] },
    });
  });

  it('names the row for performing where a doctor performs what they ordered today', async () => {
    const { id } = await newRecord({}, 'procedure');
    const { userId } = author('doctorNorth');
    const set = { status: 'performed', performedBy: userId, performedAt: new Date().toISOString() };
    expect((await tried({ username: 'doctornorth', documentId: id, change: { set } })).decision).toMatchObject({
      ...{ allowed: true, row: { sentence: 'a doctor performs a planned procedure' } },
    });
  });

  it('leaves everything as it was: nothing is stored, and nothing is held', async () => {
    const { id } = await newRecord();
    const before = await network.server.core.primary.info();
    const held = await admin().ok<{ items: unknown[] }>('GET', '/api/admin/held-writes?state=all');
    for (const username of ['doctornorth', 'nursenorth', 'pharmacistnorth'])
      for (const change of [{ set: { notes: 'tried' } }, { delete: true }])
        await tried({ username, documentId: id, change });
    await tried({
      username: 'doctornorth',
      document: { type: 'vital', heartRatePerMinute: 72 },
      change: { create: true },
    });
    expect(await network.server.core.primary.info()).toEqual(before);
    expect(await admin().ok('GET', '/api/admin/held-writes?state=all')).toEqual(held);
  });

  it('takes a person and a document that are made up', async () => {
    const document = { type: 'prescription', clinicIds: ['west'], notes: 'n', reason: 'r', status: 'pending' };
    const view = await tried({ role: 'pharmacist', clinicId: 'west', document });
    expect(view.reading.sentence).toContain('without notes and reason');
    expect(view.synced).toMatchObject({ database: 'pharmacist-west', hiddenFields: ['notes', 'reason'] });
    expect(view.document).toMatchObject({ madeUp: true, deleted: false });
    expect(fieldOf(view, 'dispenseNotes')).toMatchObject({ writable: true });
    expect((await tried({ role: 'pharmacist', clinicId: 'east', document })).reading.allowed).toBe(false);
    const own = await tried({
      role: 'doctor',
      clinicId: 'west',
      userId: 'u1',
      document: { ...document, createdBy: 'u1' },
    });
    expect(own.writing.delete).toMatchObject({ allowed: true });
    const drug = {
      role: 'pharmacist',
      clinicId: 'north',
      document: { type: 'drug', name: 'Ibuprofen' },
      change: { create: true },
    };
    expect((await tried(drug)).decision).toMatchObject({ allowed: true, action: 'create' });
    const other = { ...drug, role: 'nurse' };
    expect((await tried(other)).decision).toMatchObject({ allowed: false, code: 'not_allowed' });
  });

  it('judges a change of an earlier revision as one that was made offline', async () => {
    const { id } = await newRecord();
    const first = winnerOf((await network.server.core.primary.leaves([id])).get(id) ?? [])?.rev;
    await network.as('doctorNorth').ok('PATCH', `/api/records/${id}`, { confidential: true });
    const late = { username: 'nursenorth', documentId: id, rev: first };
    const view = await tried({ ...late, change: { set: { notes: 'mine' } } });
    expect(view.reading.allowed).toBe(true);
    expect(view.decision).toMatchObject({ allowed: false, code: 'not_visible' });
    expect((await refused({ ...late, rev: `7-${'0'.repeat(32)}` })).status).toBe(404);
  });

  it('knows what is deleted, and what was erased', async () => {
    const { id, patient } = await newRecord();
    await network.as('doctorNorth').ok('DELETE', `/api/records/${id}`);
    const view = await tried({ username: 'doctornorth', documentId: id });
    expect(view.reading).toMatchObject({ allowed: false });
    expect(view.writing).toMatchObject({ update: { code: 'document_deleted' }, delete: { code: 'document_deleted' } });
    await admin().ok('POST', `/api/patients/${patient.patientId}/erasure`, { confirm: patient.patientId });
    const change = { set: { firstName: 'Back' } };
    expect((await tried({ role: 'admin', documentId: patient.patientId, change })).decision).toMatchObject({
      ...{ allowed: false, code: 'document_deleted' },
    });
  });

  it('says what is wrong with what was asked', async () => {
    const { id } = await newRecord();
    const faults = async (input: object) => {
      const { status, body } = await refused(input);
      expect(status).toBe(400);
      return body.faults?.map(({ path }) => path) ?? body.code;
    };
    expect(await faults({ documentId: id })).toEqual(['role']);
    expect(await faults({ role: 'nurse', username: 'x', documentId: id })).toEqual(['role']);
    expect(await faults({ role: 'nurse', documentId: id })).toEqual(['clinicId']);
    expect(await faults({ role: 'patient', documentId: id })).toEqual(['patientId']);
    expect(await faults({ role: 'admin', clinicId: 'north', documentId: id })).toEqual(['clinicId']);
    expect(await faults({ role: 'admin' })).toEqual(['documentId']);
    expect(await faults({ role: 'admin', documentId: 'x' })).toEqual(['documentId']);
    expect(await faults({ role: 'admin', document: { type: 'spell' } })).toEqual(['document']);
    expect(await faults({ role: 'admin', document: { type: 'drug', _id: id } })).toEqual(['document']);
    expect(await faults({ role: 'admin', documentId: id, change: {} })).toEqual(['change']);
    expect(await faults({ role: 'admin', documentId: id, change: { create: true } })).toEqual(['change']);
    expect(await faults({ username: 'nobody.here', documentId: id })).toEqual(['username']);
    expect(await faults({ username: 'nursenorth', clinicId: 'south', documentId: id })).toEqual(['clinicId']);
    const both = {
      username: 'two.clinics',
      password: PASSWORD,
      role: 'nurse',
      name: 'Two',
      clinicIds: ['north', 'south'],
    };
    await admin().ok('POST', '/api/accounts', both);
    expect(await faults({ username: 'two.clinics', documentId: id })).toBe('clinic_required');
    expect((await tried({ username: 'two.clinics', clinicId: 'south', documentId: id })).reading.allowed).toBe(false);
    expect((await refused({ role: 'admin', documentId: `${id.split(':')[0]}:vital:${id.split(':')[2]}` })).status).toBe(
      404,
    );
  });

  it('is recorded with ids only, and is for administrators', async () => {
    const { id } = await newRecord();
    await tried({ username: 'nursenorth', documentId: id, change: { set: { notes: 'unmistakablenote' } } });
    const { items } = await admin().ok<{ items: object[] }>('GET', '/api/audit?kind=rules_tried&limit=1');
    expect(items[0]).toMatchObject({
      userId: author('nurseNorth').userId,
      role: 'nurse',
      documentId: id,
      change: 'set',
    });
    expect(JSON.stringify(items)).not.toContain('unmistakable');
    for (const name of ['doctorNorth', 'pharmacistNorth'] as const) {
      expect((await network.as(name).request('POST', TRY, { role: 'admin', documentId: id })).status).toBe(403);
      expect((await network.as(name).request('GET', '/api/admin/rules')).status).toBe(403);
    }
  });
});

describe('whatever is made up', () => {
  const field = fc.constantFrom(
    ...[
      'patientId',
      'clinicIds',
      'formerClinicIds',
      'createdAt',
      'createdBy',
      'updatedAt',
      'status',
      'startsAt',
      'userId',
    ],
    ...['confidential', 'recordId', 'lines', 'filledBy', '_id', '_rev', '_deleted', '__proto__', 'constructor', 'slug'],
  );
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
    fc.constantFrom<unknown>('north', ['north'], 'filled', '2026-01-01T00:00:00.000Z', 'p01h00000000000000000000000'),
  );
  const fields = fc.array(fc.tuple(field, value), { maxLength: 5 }).map((entries) => Object.fromEntries(entries));
  const person = fc.constantFrom<object>(
    ...[{ role: 'admin' }, { role: 'nurse', clinicId: 'north' }, { role: 'pharmacist', clinicId: 'west' }],
    ...[{ role: 'patient', patientId: 'p01h00000000000000000000000' }, { username: 'doctorsouth' }],
  );
  const change = fc.oneof(
    fc.constantFrom<object>({}, { change: { delete: true } }, { change: { create: true } }),
    fields.map((set) => ({ change: { set } })),
  );

  it('is answered, or is a fault of the input', async () => {
    say('made-up documents');
    const statuses = new Map<number, number>();
    const property = fc.asyncProperty(
      person,
      fc.constantFrom(...DOCUMENT_TYPES),
      fields,
      change,
      async (who, type, made, what) => {
        const { status } = await refused({ ...who, document: { ...made, type }, ...what });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect([200, 400]).toContain(status);
      },
    );
    await fc.assert(property, { seed: PROPERTY_SEED, numRuns: runs(150) });
    process.stdout.write(`made-up documents: ${JSON.stringify([...statuses])}\n`);
    expect(statuses.get(200)).toBeGreaterThan(10);
  });
});

/** Changes of all kinds: ordinary ones, of fields that nobody may touch, of someone else's, and that do not fit. */
const CHANGES: Readonly<Partial<Record<DocumentType, readonly Record<string, unknown>[]>>> = {
  patient: [{ phoneNumber: '+1 555 0123' }, { staffNotes: 'Calm' }, { lastName: 'Sample' }, { sex: 'unclear' }],
  record: [{ notes: 'Fever' }, { confidential: true }, { createdBy: 'someone' }],
  prescription: [{ notes: 'With food' }, { status: 'cancelled' }, { dispenseNotes: 'Generic' }, { reason: 'Other' }],
  procedure: [{ description: 'Slowly' }, { status: 'performed' }],
  vital: [{ heartRatePerMinute: 75 }, { heartRatePerMinute: 'fast' }, { clinicIds: ['south'] }],
  appointment: [{ status: 'cancelled' }, { reason: 'Check-up' }],
  drug: [{ form: 'tablet' }],
  clinic: [{ address: '1 Main Street' }],
  staff: [{ workPhone: '+1 555 9' }, { speciality: 'Pulmonology' }],
};

describe('what a trial says', () => {
  const random = createRandom('trials of the rules');
  const logins = new Map<string, Login>();
  const ids: string[] = [];

  beforeAll(async () => {
    for (const name of Object.keys(STAFF) as StaffName[]) logins.set(name.toLowerCase(), network.login(name));
    for (const name of ['doctorNorth', 'doctorSouth', 'nurseNorth'] as const) {
      const patient = newPatient(author(name));
      await add(name, patient);
      ids.push(patient._id);
      for (const type of [
        'record',
        'vital',
        'appointment',
        ...(name === 'nurseNorth' ? [] : ['prescription', 'procedure']),
      ] as const) {
        for (const more of type === 'record' ? [{}, { confidential: true }] : [{}, {}]) {
          const document = newDocument(type as 'record', patient, author(name), more);
          await add(name, document);
          ids.push(document._id);
        }
      }
      const login = await createPatientAccount(admin(), patient.patientId);
      const { items } = await admin().ok<{ items: { username: string; userId: string }[] }>(
        'GET',
        '/api/accounts?limit=500',
      );
      logins.set(items.find(({ userId }) => userId === login.principal.userId)?.username ?? '', login);
      ids.push(`staff:staff:${author(name).userId.slice(1)}`);
    }
    const drug = await network.add('pharmacistNorth', 'drugs', { name: 'Amoxicillin' });
    ids.push(drug._id, 'clinic:clinic:north');
    await network.server.settled();
  });

  const stored = async (id: string) => {
    const winner = winnerOf((await network.server.core.primary.leaves([id])).get(id) ?? []);
    if (!winner) throw new Error(`${id} is not there`);
    return winner;
  };

  it('of their copy is what the evaluator lets them read, and what they are sent', async () => {
    for (let n = 0; n < 60; n++) {
      const [username, login] = random.pick([...logins]);
      const id = random.pick(ids);
      const view = await tried({ username, documentId: id });
      const { body } = await stored(id);
      const copy = syncRules.readableCopy(login.principal as Principal, asDocument(id, body));
      expect(view.copy && { ...view.copy.body, _id: id }, `${username} ${id}`).toEqual(copy);
      const type = parseId(id)?.type ?? 'drug';
      const read = await network.server.api
        .as(login.accessToken)
        .request<Record<string, unknown>>('GET', `/api/${PATHS[type]}/${encodeURIComponent(id)}`);
      const { _id, _rev, ...shown } = read.body;
      expect(read.status === 200 ? shown : undefined, `${username} ${id}`).toEqual(view.copy?.body);
      expect(await synced(login, id), `${username} ${id}`).toEqual(view.synced?.body);
    }
  });

  /** As it comes to a tablet of theirs. */
  async function synced(login: Login, id: string): Promise<Record<string, unknown> | undefined> {
    const headers = { authorization: `Bearer ${login.accessToken}` };
    const database = login.databases.find(({ name }) => (name === 'reference') === /^(drug|clinic|staff):/.test(id));
    const response = await fetch(`${database?.url}/${encodeURIComponent(id)}`, { headers });
    if (response.status !== 200) return undefined;
    const { _id, _rev, ...body } = (await response.json()) as Record<string, unknown>;
    return body;
  }

  it('of a change is what becomes of it, pushed by a tablet or sent online', async () => {
    const outcomes = new Map<string, number>();
    // Most people may do nothing to most documents: those who may do much get half of the turns.
    const authors = [...logins].filter(([username]) => /^(doctor|nurse)/.test(username));
    for (let n = 0; n < 120; n++) {
      const [username, login] = random.pick(random.next() < 0.5 ? authors : [...logins]);
      const id = random.pick(ids);
      const type = parseId(id)?.type ?? 'drug';
      const isDeletion = type !== 'patient' && type !== 'staff' && type !== 'clinic' && random.next() < 0.2;
      const set = random.pick(CHANGES[type] ?? [{}]);
      const change = isDeletion ? { delete: true } : { set };
      const { decision, document } = await tried({ username, documentId: id, change });
      const code = decision?.allowed ? 'allowed' : String(decision?.code);
      const isOnline = random.next() < 0.5;
      const made = isOnline
        ? await sent(login, id, isDeletion ? undefined : set)
        : await pushed(login, id, isDeletion ? undefined : set);
      const says = `${username} ${id} ${JSON.stringify(change)} ${isOnline ? 'online' : 'tablet'}`;
      // Online, what nobody of the role may ever do, and what is not seen, is told before the rules are asked.
      const untold = !decision?.allowed || document.deleted;
      const early = isOnline && untold && ['not_found', 'not_allowed'].includes(made);
      if (!early) expect(made, says).toBe(code);
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
    }
    process.stdout.write(`trials: ${JSON.stringify(Object.fromEntries(outcomes))}\n`);
    expect(outcomes.get('allowed')).toBeGreaterThan(5);
    expect(outcomes.size).toBeGreaterThan(3);
  });

  /** As a tablet pushes it: grown from what is there, with what the tablet has of it. */
  async function pushed(login: Login, id: string, set: Record<string, unknown> | undefined): Promise<string> {
    const { rev } = await stored(id);
    const { type, patientId } = parseId(id) ?? {};
    const own = (await synced(login, id)) ?? { type, ...(patientId && { patientId }) };
    const { updatedAt, updatedBy } = authored(
      login.principal,
      Math.max(Date.now(), Date.parse(String(own.updatedAt)) || 0),
    );
    const [generation = '1', hash = ''] = rev.split('-');
    const next = `${Number(generation) + 1}-${Array.from({ length: 32 }, () => random.between(0, 15).toString(16)).join('')}`;
    const revisions = { start: Number(generation) + 1, ids: [next.split('-')[1], hash] };
    const body = set ? { ...own, updatedAt, updatedBy, ...set } : { _deleted: true };
    const database = login.databases.find(({ name }) => (name === 'reference') === /^(drug|clinic|staff):/.test(id));
    const response = await fetch(`${database?.url}/_bulk_docs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${login.accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ new_edits: false, docs: [{ ...body, _id: id, _rev: next, _revisions: revisions }] }),
    });
    expect(response.status).toBe(201);
    const [row] = (await response.json()) as { code: string }[];
    return row?.code ?? 'allowed';
  }

  async function sent(login: Login, id: string, set: Record<string, unknown> | undefined): Promise<string> {
    const path = `/api/${PATHS[parseId(id)?.type ?? 'drug']}/${encodeURIComponent(id)}`;
    const client = network.server.api.as(login.accessToken);
    const { status, body } = await client.request<Problem>(set ? 'PATCH' : 'DELETE', path, set);
    if (status < 300) return 'allowed';
    return body.code === 'refused' ? String(body.reason) : body.code;
  }
});
