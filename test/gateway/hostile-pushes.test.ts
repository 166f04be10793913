/** What a tablet in the wrong hands pushes, by hand: ancestries and branches that no honest client would send. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RevisionMaker } from '../../server/documents/write/made-revision.ts';
import { loadRevisionKey } from '../../server/documents/write/revision-key.ts';
import { childRevision, winnerOf } from '../../server/store/revisions.ts';
import type { StoredRevision } from '../../server/store/store.ts';
import type { Login } from '../support/api-client.ts';
import {
  createNetwork,
  createPatientAccount,
  edited,
  loginStaff,
  newDocument,
  newPatient,
} from '../support/network.ts';
import { syncRequest } from '../support/sync-request.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let doctor: Login;
let pharmacist: Login;

beforeAll(async () => {
  server = await startServer();
  await createNetwork(server.admin);
  doctor = await loginStaff(server.api, 'doctorNorth');
  pharmacist = await loginStaff(server.api, 'pharmacistNorth');
});
afterAll(() => server?.close());

interface Doc {
  readonly _id: string;
  readonly patientId: string;
  readonly clinicIds: readonly string[];
  readonly [field: string]: unknown;
}
interface Answered {
  readonly id: string;
  readonly error?: string;
  readonly code?: string;
}

/** A name that nobody else uses. */
const hash = (...of: unknown[]): string => createHash('md5').update(JSON.stringify(of)).digest('hex');

/** A revision as a client names it: `ancestors` are the hashes before its own, the newest first. */
function revision(
  document: { readonly _id: string; readonly [field: string]: unknown },
  generation: number,
  own: string,
  ancestors: readonly string[] = [],
) {
  const { _rev, _revisions, ...rest } = document;
  return { ...rest, _rev: `${generation}-${own}`, _revisions: { start: generation, ids: [own, ...ancestors] } };
}

const hashOf = (rev: string): string => rev.slice(rev.indexOf('-') + 1);

async function push(login: Login, docs: readonly unknown[]): Promise<Answered[]> {
  const response = await syncRequest(login, 'POST', '/_bulk_docs', { docs, new_edits: false });
  expect(response.status).toBe(201);
  return (await response.json()) as Answered[];
}

const leavesOf = async (id: string) => (await server.core.primary.leaves([id])).get(id) ?? [];
const bodyOf = async (id: string) => winnerOf(await leavesOf(id))?.body;
const heldOf = async (id: string) => (await server.core.held.list(2_000)).filter((held) => held.documentId === id);

/** A patient of the clinic that a doctor wrote first without, then with what matters; answers both revisions. */
async function patientWith(more: Record<string, unknown>) {
  const patient: Doc = newPatient(doctor.principal);
  const [first, second] = [hash(patient._id, 1), hash(patient._id, 2)];
  expect(await push(doctor, [revision(patient, 1, first)])).toEqual([]);
  const later = { ...patient, ...more, ...edited(doctor.principal) };
  expect(await push(doctor, [revision(later, 2, second, [first])])).toEqual([]);
  return { patient, later, first, second };
}

describe('an old branch beside a deletion of what stands', () => {
  const ALLERGY = { substance: 'Penicillin', severity: 'severe' };

  async function attacked() {
    const found = await patientWith({ allergies: [ALLERGY], staffNotes: 'Alone at home' });
    const { patientId } = found.patient;
    const login = await createPatientAccount(server.admin, patientId);
    await server.settled();
    const seen = (await (
      await syncRequest(login, 'GET', `/${encodeURIComponent(found.patient._id)}?rev=1-${found.first}`)
    ).json()) as Doc;
    return { ...found, login, old: seen._id ? seen : found.patient };
  }
  const end = (document: Doc, generation: number, ancestors: readonly string[]) =>
    revision({ _id: document._id, _deleted: true }, generation, hash(document._id, 'end', generation), ancestors);

  it.each(['in one batch', 'the deletion first', 'in two requests', 'with a longer past that is made up'])(
    'by a patient, %s',
    async (way) => {
      const { patient, first, second, login, old } = await attacked();
      const made = way.startsWith('with') ? ['d', 'c', 'b'].map((one) => hash(patient._id, one)) : [];
      const branch = revision(
        { ...old, phoneNumber: '555', ...edited(login.principal) },
        2 + made.length,
        hash(patient._id, 'branch'),
        [...made, first],
      );
      const deletion = end(patient, 3, [second, first]);
      const requests =
        way === 'in two requests'
          ? [[branch], [deletion]]
          : [way.startsWith('the') ? [deletion, branch] : [branch, deletion]];
      for (const docs of requests) await push(login, docs);
      expect(await bodyOf(patient._id)).toMatchObject({
        allergies: [ALLERGY],
        staffNotes: 'Alone at home',
        phoneNumber: '555',
      });
      // By itself it deletes what is no longer a leaf, which changes nothing.
      expect(await heldOf(patient._id)).toMatchObject(way === 'in two requests' ? [] : [{ deleted: true }]);
    },
  );

  it('by a pharmacist, who would fill the dose of before', async () => {
    const patient: Doc = newPatient(doctor.principal);
    const prescription: Doc = newDocument('prescription', patient, doctor.principal);
    const [first, second] = [hash(prescription._id, 1), hash(prescription._id, 2)];
    const lines = prescription.lines as Record<string, unknown>[];
    const changed = lines.map((line) => ({ ...line, dose: '1 mg' }));
    expect(await push(doctor, [revision(patient, 1, hash(patient._id, 1)), revision(prescription, 1, first)])).toEqual(
      [],
    );
    const later = { ...prescription, lines: changed, ...edited(doctor.principal) };
    expect(await push(doctor, [revision(later, 2, second, [first])])).toEqual([]);
    const fill = {
      ...edited(pharmacist.principal),
      status: 'filled',
      filledBy: pharmacist.principal.userId,
      filledAt: new Date().toISOString(),
    };
    const { notes: _, reason: __, ...seen } = prescription as Record<string, unknown>;
    await push(pharmacist, [
      revision({ ...(seen as Doc), ...fill }, 2, hash(prescription._id, 'fill'), [first]),
      end(prescription, 3, [second, first]),
    ]);
    expect(await bodyOf(prescription._id)).toMatchObject({ lines: changed, status: 'filled' });
    expect(await heldOf(prescription._id)).toMatchObject([{ deleted: true }]);
  });

  it('is what a tablet does that resolved its own conflict, which goes through', async () => {
    const { patient, later, first, second } = await patientWith({ phoneNumber: '1' });
    const mine = revision(
      { ...later, email: 'a@b.example', ...edited(doctor.principal) },
      3,
      hash(patient._id, 'mine'),
      [second, first],
    );
    const other = revision(
      { ...later, email: 'c@d.example', ...edited(doctor.principal) },
      3,
      hash(patient._id, 'other'),
      [second, first],
    );
    const [kept, ended] = [hashOf(mine._rev), hashOf(other._rev)];
    expect(await push(doctor, [mine, other, end(patient, 4, [ended, second, first])])).toEqual([]);
    expect(await bodyOf(patient._id)).toMatchObject({ email: 'a@b.example' });
    expect((await leavesOf(patient._id)).find(({ deleted }) => !deleted)?.ancestry).toContain(`3-${kept}`);
    expect(await heldOf(patient._id)).toEqual([]);
  });
});

describe('a field that its author may not see', () => {
  it.each([
    ['is refused alike, whether the guess is right or wrong, when it is pushed', 'push'],
    ['is refused alike, whether the guess is right or wrong, online', 'patch'],
  ])('%s', async (_, way) => {
    const staffNotes = 'Alone at home';
    const { patient, first, second } = await patientWith({ staffNotes });
    const { patientId } = patient;
    const login = await createPatientAccount(server.admin, patientId);
    const api = server.api.as(login.accessToken);
    const seen = await api.ok<Doc>('GET', `/api/patients/${patientId}`);
    const answers: unknown[] = [];
    for (const guess of [staffNotes, 'With family']) {
      const change = { phoneNumber: '555', staffNotes: guess };
      if (way === 'patch') {
        const { status, body } = await api.request<object>('PATCH', `/api/patients/${patientId}`, change);
        answers.push({ ...body, status });
      } else {
        const edit = { ...seen, ...change, ...edited(login.principal) };
        const [row] = await push(login, [revision(edit, 3, hash(patient._id, guess), [second, first])]);
        answers.push({ code: row?.code });
      }
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(JSON.stringify(answers)).toMatch(/field_not_allowed/);
    expect(await bodyOf(patient._id)).not.toHaveProperty('phoneNumber');
  });
});

describe('a side that shares no past with what stands', () => {
  it('does not bring back what its author may not change, though its name wins', async () => {
    const patient: Doc = newPatient(doctor.principal);
    const [oldest, own] = [hash(patient._id, 1), hash(patient._id, 'own')];
    expect(await push(doctor, [revision(patient, 1, oldest)])).toEqual([]);
    // Somebody made it anew, and the two were merged.
    const anew = { ...patient, lastName: 'Right', ...edited(doctor.principal) };
    expect(await push(doctor, [revision(anew, 2, own)])).toEqual([]);
    expect(await bodyOf(patient._id)).toMatchObject({ lastName: 'Right' });
    const account = await createPatientAccount(server.admin, patient.patientId);
    const edit = { ...patient, phoneNumber: '279', ...edited(account.principal) };
    const past = [5, 4, 3].map((generation) => hash(patient._id, 'invented', generation));
    const [row] = await push(account, [
      revision(edit, 6, hash(patient._id, 6), [...past, hash(patient._id, 2), oldest]),
    ]);
    expect(row).toMatchObject({ id: patient._id, code: 'field_not_allowed' });
    expect(await bodyOf(patient._id)).toMatchObject({ lastName: 'Right' });
    const refused = (await heldOf(patient._id)).filter(({ code }) => code === 'field_not_allowed');
    expect(refused).toMatchObject([{ body: { phoneNumber: '279' } }]);
  });
});

describe('the name of a revision that the server will make', () => {
  /** As version 0.1.0 made it, of content, parent and purpose alone. */
  const foretold = (parent: StoredRevision, body: StoredRevision['body'], purpose: string) =>
    childRevision(parent, parent.id, body, { purpose }).rev;

  const systemDatabase = () => server.core.store.open(`${server.environment.env.VITASYNC_DB_PREFIX}-system`);
  const byKey = async (parent: StoredRevision, body: StoredRevision['body']) =>
    new RevisionMaker(await loadRevisionKey(await systemDatabase())).made(
      'follow_patient',
      parent,
      { id: parent.id, body },
      [],
    ).rev;

  it.each([
    ['as version 0.1.0 made it', async (...of: [StoredRevision, StoredRevision['body']]) => foretold(...of, 'route')],
    ['by who has the key of revisions', byKey],
  ])('cannot be taken before, %s, so that a patient would stay where they were', async (_, nameOf) => {
    const { patient } = await patientWith({ phoneNumber: '0' });
    const { patientId } = patient;
    const vital: Doc = newDocument('vital', patient, doctor.principal);
    const [oldest, invented] = [hash(vital._id, 1), hash(vital._id, 'invented')];
    const later = { ...vital, heartRatePerMinute: 61, ...edited(doctor.principal) };
    const second = revision(later, 2, hash(vital._id, 2), [oldest]);
    expect(await push(doctor, [revision(vital, 1, oldest), second])).toEqual([]);
    const [stored] = await leavesOf(vital._id);
    if (!stored) throw new Error('it is stored');
    const moved = { ...stored.body, clinicIds: ['south'], formerClinicIds: ['north'] };
    // A deletion beside what stands changes nothing, and brings the name along as that of its parent.
    const rev = await nameOf(stored, moved);
    const past = [hashOf(rev), invented, oldest];
    await push(doctor, [revision({ _id: vital._id, _deleted: true }, 4, hash(vital._id, 4), past)]);
    expect((await leavesOf(vital._id)).some(({ ancestry }) => ancestry.includes(rev))).toBe(true);
    await server.admin.ok('PATCH', `/api/patients/${patientId}`, { clinicIds: ['south'] });
    expect(await bodyOf(vital._id)).toMatchObject({ clinicIds: ['south'] });
    const southern = await server.core.roleDatabases.serving('doctor-south');
    const shown = winnerOf((await southern?.leaves([vital._id]))?.get(vital._id) ?? []);
    expect(shown).toMatchObject({ deleted: false });
    expect(shown?.ancestry).not.toContain(rev);
    // A server that finds it without its history knows what it is.
    const key = await loadRevisionKey(await systemDatabase());
    const [found] = await leavesOf(vital._id);
    expect(found && new RevisionMaker(key).recognised(found)).toEqual({ origin: 'follow_patient' });
  });

  it('tells nothing of what the revision holds', async () => {
    const { patient } = await patientWith({ phoneNumber: '0' });
    const { patientId } = patient;
    const [before] = await leavesOf(patient._id);
    const { _rev } = await server.admin.ok<{ _rev: string }>('PATCH', `/api/patients/${patientId}`, {
      staffNotes: 'Alone at home',
    });
    const [after] = await leavesOf(patient._id);
    if (!before || !after) throw new Error('it is stored');
    expect(after.rev).toBe(_rev);
    expect(_rev).not.toBe(foretold(before, after.body, ''));
    expect(_rev).toMatch(/^3-[0-9a-f]{32}$/);
  });
});

describe('a claim', () => {
  const stored = async (id: string) => (await bodyOf(id)) ?? expect.fail(`${id} is not stored`);

  it('of another device is not kept: it is that of the session', async () => {
    const patient: Doc = { ...newPatient(doctor.principal), deviceId: 'dsomeoneelses' };
    expect(await push(doctor, [revision(patient, 1, hash(patient._id))])).toEqual([]);
    expect(await stored(patient._id)).toMatchObject({ deviceId: doctor.principal.deviceId });
  });

  it('of other clinics shows a record to nobody there before its patient has come', async () => {
    const patient = { ...newPatient(doctor.principal), clinicIds: ['north', 'south'] };
    const record: Doc = newDocument('record', patient, doctor.principal);
    expect(await push(doctor, [revision(record, 1, hash(record._id))])).toEqual([]);
    const southern = await server.core.roleDatabases.serving('doctor-south');
    expect(await stored(record._id)).toMatchObject({ clinicIds: ['north'] });
    expect((await southern?.known([record._id]))?.size).toBe(0);
    expect(await push(doctor, [revision(patient, 1, hash(patient._id))])).toEqual([]);
    expect(await stored(record._id)).toMatchObject({ clinicIds: ['north', 'south'] });
    expect((await southern?.known([record._id]))?.size).toBe(1);
  });

  it('of a deletion of what one cannot see is refused, also where it is deleted already', async () => {
    const { patient } = await patientWith({ phoneNumber: '0' });
    const vital: Doc = newDocument('vital', patient, doctor.principal);
    const [first, second] = [hash(vital._id, 1), hash(vital._id, 2)];
    const gone = { _id: vital._id, _deleted: true };
    await push(doctor, [revision(vital, 1, first)]);
    expect(await push(doctor, [revision(gone, 2, second, [first])])).toEqual([]);
    const southern = await loginStaff(server.api, 'doctorSouth');
    const answers = await push(southern, [revision(gone, 3, hash(vital._id, 3), [second, first])]);
    expect(answers).toMatchObject([{ code: 'not_visible' }]);
    expect((await leavesOf(vital._id)).map(({ rev }) => rev)).toEqual([`2-${second}`]);
  });
});

describe('a patient who was at more clinics than a schema allows', () => {
  it('can be edited all the same', async () => {
    const { patient } = await patientWith({ phoneNumber: '0' });
    const formerClinicIds = Array.from({ length: 401 }, (_, n) => `c${n}`);
    const [leaf] = await leavesOf(patient._id);
    await server.core.writePath.putTrusted([
      { id: patient._id, body: { ...leaf?.body, formerClinicIds, phoneNumber: '1' } },
    ]);
    const { patientId } = patient;
    const api = server.api.as(doctor.accessToken);
    await api.ok('PATCH', `/api/patients/${patientId}`, { phoneNumber: '777' });
    expect(await bodyOf(patient._id)).toMatchObject({ phoneNumber: '777', formerClinicIds: formerClinicIds.sort() });
  });
});

describe('branches of one document', () => {
  it('are held beyond a bound, and hurt no other document', { timeout: 120_000 }, async () => {
    const { patient, later, first } = await patientWith({ phoneNumber: '0' });
    const branches = Array.from({ length: 600 }, (_, n) =>
      revision({ ...later, phoneNumber: String(n), ...edited(doctor.principal) }, 2, hash(patient._id, 'branch', n), [
        first,
      ]),
    );
    const good: Doc = newPatient(doctor.principal);
    const answers = await push(doctor, [...branches, revision(good, 1, hash(good._id))]);
    expect(await bodyOf(good._id)).toBeDefined();
    const refused = answers.filter(({ code }) => code === 'too_many_branches');
    expect(refused.length).toBeGreaterThan(490);
    expect((await leavesOf(patient._id)).length).toBeLessThanOrEqual(100);
    const held = (await heldOf(patient._id)).filter(({ code }) => code === 'too_many_branches');
    expect(held).toHaveLength(refused.length);
    // Who edits what stands is not in the way.
    const stands = winnerOf(await leavesOf(patient._id));
    const { login } = { login: doctor };
    const next = revision(
      { _id: patient._id, ...stands?.body, phoneNumber: '999', ...edited(login.principal) },
      Number.parseInt(stands?.rev ?? '', 10) + 1,
      hash(patient._id, 'next'),
      (stands?.ancestry ?? []).map(hashOf),
    );
    expect(await push(doctor, [next])).toEqual([]);
    expect(await bodyOf(patient._id)).toMatchObject({ phoneNumber: '999' });
  });

  it('end at what is known, whatever they say came before that', async () => {
    const { patient, later, first, second } = await patientWith({ phoneNumber: '0' });
    const invented = revision({ ...later, phoneNumber: '1', ...edited(doctor.principal) }, 3, hash(patient._id, 'x'), [
      second,
      hash(patient._id, 'another first'),
    ]);
    expect(await push(doctor, [invented])).toEqual([]);
    expect((await leavesOf(patient._id)).map(({ ancestry }) => ancestry)).toEqual([
      [invented._rev, `2-${second}`, `1-${first}`],
    ]);
  });
});
