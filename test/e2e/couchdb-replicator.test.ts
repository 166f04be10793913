/** CouchDB's own replicator, which pushes to a running server. Only where COUCHDB_URL is set. */
import { randomBytes } from 'node:crypto';
import nano from 'nano';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COUCHDB_URL } from '../support/environment.ts';
import { createNetwork, loginStaff, newPatient } from '../support/network.ts';
import { syncRequest } from '../support/sync-request.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

describe.runIf(COUCHDB_URL)("CouchDB's replicator", () => {
  const couchdbUrl = new URL(COUCHDB_URL ?? 'http://localhost');
  const couch = nano(couchdbUrl.href.replace(/\/$/, ''));
  const source = `replicator${randomBytes(4).toString('hex')}`;
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
    await createNetwork(server.admin);
    await couch.db.create(source);
  });
  afterAll(async () => {
    await couch.db.destroy(source);
    await server?.close();
  });

  it('pushes a document', async () => {
    const nurse = await loginStaff(server.api, 'nurseNorth');
    const patient = newPatient(nurse.principal);
    await couch.use(source).insert(patient);
    const credentials = Buffer.from(`${couchdbUrl.username}:${couchdbUrl.password}`).toString('base64');
    const replicated = await couch.request({
      path: '_replicate',
      method: 'POST',
      body: {
        source: { url: new URL(source, couchdbUrl.origin).href, headers: { authorization: `Basic ${credentials}` } },
        target: { url: nurse.databases[0]?.url, headers: { authorization: `Bearer ${nurse.accessToken}` } },
      },
    });
    expect(replicated).toMatchObject({ ok: true, history: [{ docs_written: 1, doc_write_failures: 0 }] });
    expect(await (await syncRequest(nurse, 'GET', `/${patient._id}`)).json()).toMatchObject({ _id: patient._id });
  });
});
