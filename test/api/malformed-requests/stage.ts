/** A server with something of everything on it, and what it takes to see that nothing was added or changed. */
import { expect } from 'vitest';
import { createNetwork, createPatientAccount, loginStaff } from '../../support/network.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { CONTENT, isPatientBound, PATH_OF, TYPES, type TypeName } from '../access-matrix/situations.ts';
import { type RawAnswer, RawClient, type RawRequest } from './raw-client.ts';

/** Small, so that a body of a byte too many is a small one. */
const MAX_DOCUMENT_KB = 64;
/** A visit may be as large as several documents: no route of the API takes more. */
export const MAX_BODY_BYTES = 5 * MAX_DOCUMENT_KB * 1_024;
const MAX_SYNC_BODY_MB = 1;
export const MAX_SYNC_BODY_BYTES = MAX_SYNC_BODY_MB * 1_048_576;

export interface Stored {
  readonly _id: string;
  readonly _rev: string;
  readonly patientId: string;
  readonly [field: string]: unknown;
}

export interface MalformedStage {
  readonly server: TestServer;
  readonly raw: RawClient;
  readonly tokens: Readonly<Record<'admin' | 'doctor' | 'nurse' | 'patient', string>>;
  /** One of each type; all of one patient. */
  readonly documents: Readonly<Record<TypeName, Stored>>;
  readonly otherPatient: Stored;
  close(): Promise<void>;
}

export async function openMalformedStage(): Promise<MalformedStage> {
  const env = { VITASYNC_MAX_DOCUMENT_KB: String(MAX_DOCUMENT_KB), VITASYNC_MAX_BODY_MB: String(MAX_SYNC_BODY_MB) };
  const server = await startServer({ env: { ...env, VITASYNC_LOG_LEVEL: 'error' } });
  const { admin, api } = server;
  await createNetwork(admin);
  const doctor = await loginStaff(api, 'doctorNorth');
  const nurse = await loginStaff(api, 'nurseNorth');
  const [patient, otherPatient] = [await addPatient(server), await addPatient(server)];
  const entries = [['patient', patient] as const];
  for (const type of TYPES.filter((one) => one !== 'patient')) {
    const body = newContent(type, patient.patientId, 'east');
    entries.push([type, await admin.ok<Stored>('POST', PATH_OF[type], body)] as never);
  }
  const login = await createPatientAccount(admin, patient.patientId);
  const raw = new RawClient(server.url);
  await server.settled();
  return {
    server,
    raw,
    tokens: {
      admin: String(admin.token),
      doctor: doctor.accessToken,
      nurse: nurse.accessToken,
      patient: login.accessToken,
    },
    documents: Object.fromEntries(entries) as Record<TypeName, Stored>,
    otherPatient,
    close: async () => {
      raw.close();
      await server.close();
    },
  };
}

const addPatient = ({ admin }: TestServer): Promise<Stored> =>
  admin.ok<Stored>('POST', PATH_OF.patient, newContent('patient', ''));

/** A new document as an administrator may send it: it would be stored. */
export const newContent = (type: TypeName, patientId: string, slug = 'new-one'): Record<string, unknown> => ({
  ...CONTENT[type],
  ...(type === 'patient' ? { clinicIds: ['north'] } : isPatientBound(type) && { patientId }),
  ...(type === 'clinic' && { slug }),
});

/** The last sequence of every database. Sessions are made and used in that of the accounts. */
export async function sequences(
  { core: { store } }: TestServer,
  withoutAudit = false,
): Promise<Record<string, string>> {
  const left = ['-accounts', ...(withoutAudit ? ['-audit'] : [])];
  const names = (await store.list()).filter((name) => !left.some((end) => name.endsWith(end)));
  const infos = await Promise.all(names.map(async (name) => (await store.open(name)).info()));
  return Object.fromEntries(names.map((name, n) => [name, String(infos[n]?.updateSeq)]));
}

export interface Malformed extends RawRequest {
  readonly name: string;
}

/** Why the answer is not the problem that a malformed request gets; undefined where it is. */
function faultOf({ status, contentType, text }: RawAnswer, method: string): string | undefined {
  if (status < 400 || status > 499) return `${status} ${text.slice(0, 300)}`;
  // An answer to HEAD has no body.
  if (method === 'HEAD') return undefined;
  if (!contentType.startsWith('application/problem+json')) return `${status} ${contentType} ${text.slice(0, 100)}`;
  const problem = JSON.parse(text) as Record<string, unknown>;
  const whole = ['type', 'title', 'code', 'detail'].every((member) => typeof problem[member] === 'string');
  return whole && problem.status === status ? undefined : `not a whole problem: ${text.slice(0, 300)}`;
}

/**
 * Sends all of them; each must get a problem, and afterwards every database is as it was. `isAudited`: who tries passwords is
 * put down in the audit log.
 */
export async function expectProblems(
  { server, raw }: MalformedStage,
  requests: readonly Malformed[],
  { isAudited = false } = {},
): Promise<void> {
  expect(requests.length).toBeGreaterThan(0);
  const before = await sequences(server, isAudited);
  const faults: string[] = [];
  for (const request of requests) {
    const answer = await raw.send(request);
    const fault = faultOf(answer, request.method);
    if (fault) faults.push(`${request.method} ${request.path.slice(0, 120)}, ${request.name}: ${fault}`);
  }
  expect(faults).toEqual([]);
  expect(await sequences(server, isAudited)).toEqual(before);
}
