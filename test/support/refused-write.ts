/** A write that the rules refuse, as tablets come to it. */
import { edited, loginStaff, newDocument, newPatient } from './network.ts';
import { PouchDevice } from './pouch-device.ts';
import type { TestServer } from './test-server.ts';

/** The nurse changes what only the doctor may, in the network of `createNetwork`: it is held. */
export async function refuseOneWrite(server: Pick<TestServer, 'api'>): Promise<void> {
  const doctor = new PouchDevice(await loginStaff(server.api, 'doctorNorth'));
  const patient = newPatient(doctor.login.principal);
  const vital = newDocument('vital', patient, doctor.login.principal);
  for (const one of [patient, vital]) await doctor.put(one);
  await doctor.push();
  const nurse = new PouchDevice(await loginStaff(server.api, 'nurseNorth'));
  await nurse.pull();
  await nurse.put({ ...(await nurse.get(vital._id)), heartRatePerMinute: 99, ...edited(nurse.login.principal) });
  await nurse.push();
  if (nurse.denied.length !== 1) throw new Error(`${nurse.denied.length} writes were refused, not one`);
}
