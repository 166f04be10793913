/** What must happen once happens once, whichever of two servers that share a CouchDB is asked for it. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient, Login } from '../support/api-client.ts';
import { COUCHDB_URL } from '../support/environment.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';
import { environmentOfOther } from '../support/two-servers.ts';

const ROUNDS = 100;

interface Stored {
  readonly _id: string;
  readonly _rev: string;
  readonly [field: string]: unknown;
}

describe.runIf(COUCHDB_URL)('of two servers on one CouchDB', { timeout: 600_000 }, () => {
  // On a busy cluster the rounds take longer than a token lasts by itself.
  const shared = {
    VITASYNC_JWT_SECRET: 'the same on both servers, and long enough',
    VITASYNC_ACCESS_TOKEN_MINUTES: '120',
  };
  let one: TestServer;
  let other: TestServer;
  let patient: ReturnType<typeof newPatient>;
  let doctor: Login['principal'];
  let doctors: readonly [ApiClient, ApiClient];
  beforeAll(async () => {
    one = await startServer({ env: shared });
    const { environment } = one;
    const { env } = environmentOfOther(environment);
    other = await startServer({ environment, env: { ...env, ...shared } });
    await createNetwork(one.admin);
    const { accessToken, principal } = await loginStaff(one.api, 'doctorNorth');
    doctors = [one.api.as(accessToken), other.api.as(accessToken)];
    doctor = principal;
    patient = newPatient(principal);
    await doctors[0].ok('POST', '/api/patients', patient);
  });
  afterAll(async () => {
    await other?.stop();
    await one?.close();
  });

  /** A document that the doctor writes at the first server, once the second shows it. */
  async function written(type: 'record' | 'prescription'): Promise<Stored> {
    const { _id, createdBy, createdAt, updatedAt, updatedBy, deviceId, ...content } = newDocument(type, patient, {
      userId: 'x',
      role: 'doctor',
      deviceId: 'd',
    });
    return doctors[0].ok<Stored>('POST', `/api/${type}s`, content);
  }
  const statuses = async (requests: readonly Promise<{ status: number }>[]) =>
    (await Promise.all(requests)).map(({ status }) => status).sort();

  it('one takes a change at a revision, and the other says that it was changed', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const record = await written('record');
      const found = await statuses(
        doctors.map((doctor, at) =>
          doctor.request(
            'PATCH',
            `/api/records/${record._id}`,
            { notes: `server ${at}` },
            { 'If-Match': `"${record._rev}"` },
          ),
        ),
      );
      expect(found, `round ${round}`).toEqual([200, 412]);
    }
  });

  it('one fills a prescription, whoever asks which', async () => {
    const pharmacist = await loginStaff(one.api, 'pharmacistNorth');
    const [here, there] = [one.api.as(pharmacist.accessToken), other.api.as(pharmacist.accessToken)];
    for (let round = 0; round < ROUNDS; round++) {
      const { _id } = await written('prescription');
      const found = await statuses(
        [here, there].map((server) =>
          server.request('POST', `/api/prescriptions/${_id}/fill`, { dispenseNotes: `${server.baseUrl}` }),
        ),
      );
      expect(found[0], `round ${round}`).toBe(200);
      expect(found[1], `round ${round}`).toBeGreaterThanOrEqual(400);
    }
  });

  it('a clinic does not end at one while a patient comes into its care at the other', {
    timeout: 1_800_000,
  }, async () => {
    // Another one, who has not all the documents that were written until now: those go along each time.
    const { patientId } = await doctors[0].ok<Stored>('POST', '/api/patients', newPatient(doctor));
    const path = `/api/patients/${String(patientId)}`;
    // A clinic has three role databases, which take longest here: one that did not end is there for the next round.
    let slug: string | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      slug ??= (await one.admin.ok<{ slug: string }>('POST', '/api/clinics', { slug: `c${round}`, name: 'A clinic' }))
        .slug;
      const [referred, ended] = await Promise.all([
        doctors[0].request('PATCH', path, { clinicIds: ['north', slug] }),
        other.admin.request('DELETE', `/api/clinics/${slug}`),
      ]);
      const isThere = (await one.admin.request('GET', `/api/clinics/${slug}`)).status === 200;
      const { clinicIds } = await one.admin.ok<{ clinicIds: string[] }>('GET', path);
      expect(clinicIds.includes(slug), `round ${round}`).toBe(referred.status === 200);
      if (referred.status === 200) expect(isThere, `round ${round}: ${ended.status}, ${slug}`).toBe(true);
      await doctors[0].ok('PATCH', path, { clinicIds: ['north'] });
      if (!isThere) slug = undefined;
    }
  });
});
