/** The server of the matrix: everyone who calls, logged in, and the documents of all cases, written in bulk. */
import jwt from 'jsonwebtoken';
import { newPatientId, newUlid, patientDocId } from '../../../shared-schemas/ids.ts';
import type { ApiClient, Login } from '../../support/api-client.ts';
import { ADMIN_PASSWORD } from '../../support/environment.ts';
import { createNetwork, createPatientAccount, loginStaff, type StaffName } from '../../support/network.ts';
import { startServer, type TestServer } from '../../support/test-server.ts';
import { CALLER_NAMES, type CallerName, type DocumentCase } from './cases.ts';
import {
  CONTENT,
  documentOf,
  isPatientBound,
  type Prepared,
  type Situation,
  situationsOf,
  TYPES,
} from './situations.ts';

const SECRET = 'a secret that only the tests of this file have';
const STAFF_NAMES = {
  doctor: 'doctorNorth',
  nurse: 'nurseNorth',
  pharmacist: 'pharmacistNorth',
  'doctor of another clinic': 'doctorSouth',
  'nurse of another clinic': 'nurseSouth',
  'pharmacist of another clinic': 'pharmacistSouth',
} as const satisfies Partial<Record<CallerName, StaffName>>;

export interface Caller {
  readonly client: ApiClient;
  readonly userId: string;
}

export interface PreparedDocument extends Prepared {
  readonly situation: Situation;
}

/** Who no longer is, or never was, signed in. */
export type Stranger = 'anonymous' | 'with a forged token' | 'with an expired token' | 'logged out';

export interface Stage {
  readonly server: TestServer;
  readonly callers: Readonly<Record<CallerName, Caller>>;
  readonly strangers: Readonly<Record<Stranger, ApiClient>>;
  /** The patient of the patient role; has a document in every situation. */
  readonly ownPatientId: string;
  /** Has the documents that the staff's cases change. */
  readonly otherPatientId: string;
  documentFor(one: DocumentCase): Prepared;
  /** Everything about the patient that was there when the tests began, the patient itself left out. */
  documentsOf(patientId: string): readonly PreparedDocument[];
}

export async function openStage(cases: readonly DocumentCase[]): Promise<Stage> {
  const server = await startServer({ env: { VITASYNC_JWT_SECRET: SECRET, VITASYNC_LOG_LEVEL: 'error' } });
  const { admin, api } = server;
  await createNetwork(admin);
  const [ownPatientId, otherPatientId] = [newPatientId(), newPatientId()];
  await putAll(server, [ownPatientId, otherPatientId].map(patientOf));
  const { callers, adminToken } = await logInAll(server, ownPatientId);
  const documents = new Map<DocumentCase, PreparedDocument>();
  for (const one of cases) {
    const { situation, caller } = one;
    const patientId = situation.ofPatient === 'own' ? ownPatientId : otherPatientId;
    const prepared = documentOf(situation, { caller: callers[caller].userId, colleague: COLLEAGUE }, patientId);
    const isOwn = situation.type === 'patient' && situation.ofPatient === 'own';
    documents.set(one, { situation, ...(isOwn ? patientOf(ownPatientId) : prepared) });
  }
  const gallery = TYPES.filter((type) => isPatientBound(type) && type !== 'patient').flatMap((type) =>
    situationsOf(type).map((situation) => ({
      situation,
      ...documentOf(situation, { caller: callers.doctor.userId, colleague: COLLEAGUE }, ownPatientId),
    })),
  );
  const all = [...gallery, ...documents.values()];
  await putAll(server, [...new Map(all.filter(isNew).map((document) => [document.id, document])).values()]);
  await server.settled();
  return {
    server,
    callers,
    strangers: {
      anonymous: api,
      'with a forged token': api.as(forged(adminToken)),
      'with an expired token': api.as(expired(adminToken)),
      'logged out': api.as(await loggedOut(api)),
    },
    ownPatientId,
    otherPatientId,
    documentFor: (one) => documents.get(one) as PreparedDocument,
    documentsOf: (patientId) =>
      all.filter(({ body, situation }) => body.patientId === patientId && situation.type !== 'patient'),
  };
}

/** Wrote what the caller did not. */
const COLLEAGUE = `u${newUlid()}`;

const patientOf = (patientId: string): Prepared => ({
  id: patientDocId(patientId),
  body: {
    ...documentOf({ type: 'patient', author: 'colleague' }, { caller: COLLEAGUE, colleague: COLLEAGUE }, patientId)
      .body,
    ...CONTENT.patient,
    patientId,
  },
});

/** The clinics are there already. */
const isNew = ({ situation }: PreparedDocument): boolean =>
  situation.type !== 'clinic' && !(situation.type === 'patient' && situation.ofPatient === 'own');

async function putAll({ core }: TestServer, documents: readonly Prepared[]): Promise<void> {
  const bare = documents.map(({ id, body }) => ({ id, body }));
  await core.writePath.putTrusted(bare);
}

async function logInAll({ api, admin }: TestServer, ownPatientId: string) {
  const logins = new Map<CallerName, Login>([['patient', await createPatientAccount(admin, ownPatientId)]]);
  for (const [caller, name] of Object.entries(STAFF_NAMES))
    logins.set(caller as CallerName, await loginStaff(api, name));
  const { principal } = await admin.ok<{ principal: { userId: string } }>('GET', '/api/me');
  const callers = Object.fromEntries(
    CALLER_NAMES.map((name) => {
      const login = logins.get(name);
      return [
        name,
        login
          ? { client: api.as(login.accessToken), userId: login.principal.userId }
          : { client: admin, userId: principal.userId },
      ];
    }),
  ) as Record<CallerName, Caller>;
  return { callers, adminToken: String(admin.token) };
}

const HOUR_SECONDS = 3_600;

/** The administrator's session, in a token that ran out an hour ago. */
function expired(token: string): string {
  const { exp = 0, ...claims } = jwt.decode(token, { json: true }) ?? {};
  return jwt.sign({ ...claims, exp: Math.floor(Date.now() / 1_000) - HOUR_SECONDS }, SECRET);
}

/** Good in everything but the secret. */
const forged = (token: string): string => jwt.sign(jwt.decode(token, { json: true }) ?? {}, `${SECRET}?`);

async function loggedOut(api: ApiClient): Promise<string> {
  const { accessToken } = await api.login('admin', ADMIN_PASSWORD);
  await api.as(accessToken).ok('POST', '/api/logout');
  return accessToken;
}
