/** Lists as clients use them: filters, search, order, pages, links, and what belongs to a patient. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/api-client.ts';
import { type ApiDocument, ApiNetwork, type ApiPage } from './api-network.ts';

let network: ApiNetwork;
beforeAll(async () => {
  network = await ApiNetwork.start();
});
afterAll(() => network?.close());

type Caller = Parameters<ApiNetwork['as']>[0];
const list = (name: Caller, path: string) => network.as(name).ok<ApiPage>('GET', `/api/${path}`);

/** Follows the Link headers to the end. */
async function pages(name: Caller, path: string): Promise<ApiPage[]> {
  const found: ApiPage[] = [];
  let next: string | undefined = `/api/${path}`;
  while (next) {
    const { body, headers }: Answer<ApiPage> = await network.as(name).request<ApiPage>('GET', next);
    found.push(body);
    next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    expect(next === undefined).toBe(body.nextCursor === undefined);
  }
  return found;
}

describe('patients', () => {
  it('are found by parts of the name, the telephone number and the identity number, whatever the accents', async () => {
    await network.patient({
      firstName: 'Zoë Marie',
      lastName: 'Øster-Lind',
      phoneNumber: '+45 20 30 40',
      identityNumber: 'X-99-17',
    });
    await network.patient({ firstName: 'Łukasz', lastName: 'Zoeller' });
    const found = async (q: string) =>
      (await list('nurseNorth', `patients?q=${encodeURIComponent(q)}`)).items.map(({ lastName }) => lastName);
    expect(await found('zoe')).toEqual(['Øster-Lind', 'Zoeller']);
    for (const q of ['ster-l', 'OSTER', 'marie øst', '4520', '2030', 'x9917', 'zo os'])
      expect(await found(q)).toEqual(['Øster-Lind']);
    expect(await found('lukasz')).toEqual(['Zoeller']);
    for (const q of ['zoe nobody', '---', '0000']) expect(await found(q)).toEqual([]);
    expect((await list('nurseSouth', 'patients?q=zoe')).items).toEqual([]);
  });

  it('come by name, in pages that lose and repeat nothing', async () => {
    for (const lastName of ['Brandt', 'Åberg', 'adams', 'Cruz', 'Brand'])
      await network.patient({ lastName }, 'doctorSouth');
    const read = await pages('nurseSouth', 'patients?limit=2');
    expect(read.map(({ items }) => items.length)).toEqual([2, 2, 1]);
    expect(read.map(({ total }) => total)).toEqual([5, 5, 5]);
    expect(read.flatMap(({ items }) => items.map(({ lastName }) => lastName))).toEqual([
      'Åberg',
      'adams',
      'Brand',
      'Brandt',
      'Cruz',
    ]);
    const down = await pages('nurseSouth', 'patients?limit=3&sort=-name');
    expect(down.flatMap(({ items }) => items.map(({ _id }) => _id))).toEqual(
      read.flatMap(({ items }) => items.map(({ _id }) => _id)).reverse(),
    );
  });

  it('have cursors that tell nothing, and fit one person and one list', async () => {
    const { nextCursor = '' } = await list('nurseSouth', 'patients?limit=2');
    expect(Buffer.from(nextCursor, 'base64url').toString('latin1')).not.toMatch(/aberg|adams/i);
    const use = async (name: Caller, path: string) =>
      (await network.as(name).request('GET', `/api/${path}&cursor=${encodeURIComponent(nextCursor)}`)).status;
    expect(await use('nurseSouth', 'patients?limit=3')).toBe(200);
    expect(await use('doctorSouth', 'patients?limit=2')).toBe(400);
    expect(await use('nurseSouth', 'patients?sort=-name')).toBe(400);
    expect(await use('nurseSouth', 'vitals?limit=2')).toBe(400);
  });
});

describe('what belongs to a patient', () => {
  it('is listed by type, and together in its order of time', async () => {
    const { patientId } = await network.patient();
    const add = (path: string, more: Record<string, unknown>) =>
      network.add('doctorNorth', path, { patientId, ...more });
    const record = await add('records', { diagnosis: 'A', visitedAt: '2026-01-02T00:00:00.000Z' });
    const secret = await add('records', { diagnosis: 'B', visitedAt: '2026-01-04T00:00:00.000Z', confidential: true });
    const vital = await add('vitals', { measuredAt: '2026-01-03T00:00:00.000Z' });
    const vaccine = await add('vaccines', { name: 'Tetanus', administeredAt: '2026-01-01T00:00:00.000Z' });
    const appointment = await add('appointments', { startsAt: '2099-01-01T00:00:00.000Z' });
    const ids = (page: ApiPage) => page.items.map(({ _id }) => _id);
    expect(ids(await list('doctorNorth', `patients/${patientId}/records`))).toEqual([secret._id, record._id]);
    expect(ids(await list('nurseNorth', `patients/${patientId}/records`))).toEqual([record._id]);
    expect(ids(await list('doctorNorth', `patients/${patientId}/records?from=2026-01-03`))).toEqual([secret._id]);
    expect(ids(await list('doctorNorth', `patients/${patientId}/records?to=2026-01-04`))).toEqual([record._id]);
    const timeline = (await pages('nurseNorth', `patients/${patientId}/timeline?limit=2`)).flatMap(ids);
    const clinical = timeline.filter((id) => !id.endsWith(':patient'));
    expect(clinical).toEqual([appointment._id, vital._id, record._id, vaccine._id]);
    expect((await network.as('nurseSouth').request('GET', `/api/patients/${patientId}/timeline`)).status).toBe(404);
    const ordered = await add('prescriptions', { lines: [{ drugName: 'Ibuprofen' }] });
    const path = `patients/${patientId}/prescriptions`;
    expect(ids(await list('pharmacistNorth', path))).toEqual([ordered._id]);
    expect(ids(await list('pharmacistSouth', path))).toEqual([]);
    expect((await network.as('nurseNorth').request('GET', `/api/${path}`)).status).toBe(403);
  });
});

describe('filters', () => {
  it('can be joined', async () => {
    const { patientId } = await network.patient();
    const order = (name: 'doctorNorth', status?: string) =>
      network.add(name, 'prescriptions', { patientId, lines: [{ drugName: 'D' }], ...(status && { status }) });
    const [open, gone] = [await order('doctorNorth'), await order('doctorNorth', 'cancelled')];
    const author = network.login('doctorNorth').principal.userId;
    const ids = async (query: string) =>
      (await list('pharmacistNorth', `prescriptions?${query}`)).items.map(({ _id }) => _id);
    const pending = await ids('status=pending');
    expect([pending.includes(open._id), pending.includes(gone._id)]).toEqual([true, false]);
    expect(await ids(`status=cancelled&author=${author}&clinic=north`)).toEqual([gone._id]);
    expect(await ids(`patientId=${patientId}`)).toEqual([gone._id, open._id]);
    expect(await ids('author=nobody')).toEqual([]);
    expect(await ids('clinic=south')).toEqual([]);
    expect(await list('pharmacistNorth', 'prescriptions?limit=1')).toMatchObject({ total: pending.length + 1 });
  });

  it('that a list does not have are refused, all of them at once', async () => {
    const answer = await network
      .as('nurseNorth')
      .request<{ faults: { path: string }[] }>('GET', '/api/vitals?status=x&limit=0&sort=name&from=soon&q=a');
    expect(answer.status).toBe(400);
    expect(answer.body.faults.map(({ path }) => path)).toEqual(expect.arrayContaining(['limit', 'sort', 'from']));
    expect((await network.as('nurseNorth').request('GET', '/api/patients?from=2026-01-01')).status).toBe(400);
    expect((await network.as('nurseNorth').request('GET', '/api/patients?q=a&sort=updatedAt')).status).toBe(400);
  });
});

describe('reference data', () => {
  it('is kept by a pharmacist, and read by all', async () => {
    const drug: ApiDocument = await network.add('pharmacistNorth', 'drugs', { name: 'Amoxicillin 500', active: true });
    await network.as('pharmacistSouth').ok('PATCH', `/api/drugs/${drug._id}`, { active: false });
    const { items } = await list('nurseSouth', 'drugs?q=amox');
    expect(items).toMatchObject([{ _id: drug._id, active: false }]);
    expect((await network.as('nurseSouth').request('POST', '/api/drugs', { name: 'X' })).status).toBe(403);
    expect((await network.as('pharmacistNorth').request('DELETE', `/api/drugs/${drug._id}`)).status).toBe(403);
  });

  it('shows of the staff what is public, and of oneself everything', async () => {
    const { userId } = network.login('nurseNorth').principal;
    const id = `staff:staff:${userId.slice(1)}`;
    const nurse = network.as('nurseNorth');
    const updated = await nurse.ok<ApiDocument>('PATCH', `/api/staff/${id}`, { workPhone: '1', privatePhone: '2' });
    expect(updated).toMatchObject({ workPhone: '1', privatePhone: '2' });
    expect(await nurse.ok('GET', `/api/staff/${id}`)).toEqual(updated);
    expect((await list('nurseNorth', 'staff?q=nursenorth')).items).toEqual([updated]);
    const { privatePhone: _, ...shown } = updated;
    expect(await network.as('doctorSouth').ok('GET', `/api/staff/${id}`)).toEqual(shown);
    expect((await nurse.request('PATCH', `/api/staff/${id}`, { role: 'admin' })).status).toBe(403);
    expect((await network.as('doctorNorth').request('PATCH', `/api/staff/${id}`, { workPhone: '9' })).status).toBe(403);
  });
});
