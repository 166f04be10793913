/** A server with two clinics, and in each what the other must not see; and lanes of inputs, each with people of its own. */
import { newPatientId } from '../../shared-schemas/ids.ts';
import type { ApiClient, Login } from '../support/api-client.ts';
import { createPatientAccount, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { FuzzServer } from './fuzz-server.ts';
import type { TrustedDocument } from './fuzz-server-messages.ts';
import { Lane } from './lane.ts';
import { type Clinic, guardOf, type Person, type PersonName, personOf } from './person.ts';

export interface Stage {
  readonly server: FuzzServer;
  readonly admin: ApiClient;
  readonly lanes: readonly Lane[];
}

const STAFF = ['doctorNorth', 'nurseNorth', 'pharmacistNorth', 'doctorSouth', 'pharmacistSouth'] as const;
const AUTHOR = { userId: 'uauthor', role: 'admin', deviceId: 'dauthor' };

export async function openStage(lanes: number): Promise<Stage> {
  const server = await FuzzServer.start();
  const admin = await server.admin();
  const api = admin.as('');
  const ended = await loginStaff(api, 'nurseNorth');
  await admin.as(ended.accessToken).ok('POST', '/api/logout');
  const opened = [];
  for (let lane = 0; lane < lanes; lane++) opened.push(await openLane(server, admin, ended.accessToken));
  await server.call('settled');
  return { server, admin, lanes: opened };
}

/** Nobody who syncs wrote these, and they can be changed only as far as anyone of the clinic may. */
function guardedDocuments(clinic: Clinic) {
  const author = { ...AUTHOR, clinicId: clinic };
  const [secret, hidden] = [guardOf(clinic), guardOf(clinic, 'prescription')];
  const patientId = newPatientId();
  const of = { patientId, clinicIds: [clinic] };
  const fields = { patientId, _id: `${patientId}:patient`, address: secret, staffNotes: guardOf(clinic, 'staffnotes') };
  const confidential = { notes: guardOf(clinic, 'confidential'), confidential: true };
  return {
    patient: of,
    documents: [
      newPatient(author, fields),
      newDocument('record', of, author, confidential),
      newDocument('record', of, author, { notes: secret }),
      newDocument('prescription', of, author, { notes: hidden, reason: hidden, dispenseNotes: secret }),
      newDocument('vital', of, author),
    ],
  };
}

const trusted = ({ _id: id, ...body }: { readonly _id: string }): TrustedDocument => ({ id, body });

async function openLane(server: FuzzServer, admin: ApiClient, endedToken: string): Promise<Lane> {
  const [north, south] = [guardedDocuments('north'), guardedDocuments('south')];
  const documents = [...north.documents, ...south.documents];
  await server.call('putTrusted', documents.map(trusted));
  const named = await Promise.all(STAFF.map(async (name) => personOf(name, await loginStaff(admin, name))));
  const people: readonly Person[] = [
    ...named,
    personOf('patient', await createPatientAccount(admin, north.patient.patientId)),
    personOf('admin', adminLogin(server, admin)),
  ];
  return new Lane({
    leaves: (ids) => server.call('leaves', ids),
    people,
    guarded: { north: north.patient, south: south.patient },
    guardedIds: documents.map(({ _id }) => _id),
    endedToken,
  });
}

/** The administrator syncs the reference data only. */
function adminLogin(server: FuzzServer, { token = '' }: ApiClient): Login {
  return {
    accessToken: token,
    refreshToken: 'none',
    principal: { userId: 'uadmin', role: 'admin', deviceId: '' },
    databases: [{ name: 'reference', url: `${server.url}/sync/reference`, types: ['drug', 'clinic', 'staff'] }],
  };
}

export const personNamed = (lane: Lane, name: PersonName): Person => {
  const found = lane.people.find((person) => person.name === name);
  if (!found) throw new RangeError(`there is no ${name}`);
  return found;
};

/** Documents that people may change as they like: new ones of a new patient, pushed by a doctor, and one that is deleted. */
export function looseDocuments({ login: { principal } }: Person, patientId: string, ulids: readonly string[]) {
  const of = { patientId, clinicIds: ['north'] };
  const types = ['record', 'prescription', 'procedure', 'vaccine', 'vital', 'appointment', 'vital'] as const;
  return [
    newPatient(principal, { patientId, _id: `${patientId}:patient` }),
    ...types.map((type, at) => newDocument(type, of, principal, { _id: `${patientId}:${type}:${ulids[at]}` })),
  ];
}
