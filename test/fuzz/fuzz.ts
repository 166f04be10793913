/** A whole run: rounds of inputs, each on a server of its own, and tablets that sync with the last one as if nothing had been. */
import { loginStaff, newDocument, newPatient } from '../support/network.ts';
import { PouchDevice } from '../support/pouch-device.ts';
import { RxdbDevice } from '../support/rxdb-device.ts';
import { waitFor } from '../support/wait-for.ts';
import { FuzzFault, type FuzzOptions, ROUND, runRound } from './fuzz-run.ts';
import type { Stage } from './stage.ts';

export interface FuzzPlan extends FuzzOptions {
  /** Servers that are fuzzed beside each other. */
  readonly servers: number;
}

/** @throws FuzzFault at the first input that does harm */
export async function runFuzz({ servers, ...options }: FuzzPlan): Promise<void> {
  const { from, inputs, untilMs = Number.POSITIVE_INFINITY } = options;
  const end = from + inputs;
  const stopping = new AbortController();
  let at = from;
  const work = async () => {
    while (at < end && (at === from || performance.now() < untilMs) && !stopping.signal.aborted) {
      const begin = at;
      at = Math.min(end, begin - (begin % ROUND) + ROUND);
      const isLast = at === end || performance.now() > untilMs;
      const part = { ...options, from: begin, inputs: at - begin, stopping: stopping.signal };
      await runRound(part, begin === from || isLast ? expectSync : async () => {});
    }
  };
  const works = Array.from({ length: servers }, () => work());
  try {
    await Promise.all(works);
  } catch (error) {
    stopping.abort();
    await Promise.allSettled(works);
    throw error;
  }
}

/** Stock tablets get everything, and what they write arrives. */
async function expectSync({ server, admin }: Stage): Promise<void> {
  const doctor = new PouchDevice(await loginStaff(admin, 'doctorNorth'));
  const nurse = await RxdbDevice.start(await loginStaff(admin, 'nurseNorth'));
  try {
    const patient = newPatient(doctor.login.principal);
    await doctor.put(patient);
    await doctor.sync();
    await nurse.awaitInSync();
    await waitFor(() => nurse.get('patient', patient._id), { what: 'a patient of PouchDB on the tablet with RxDB' });
    const vital = newDocument('vital', patient, nurse.login.principal);
    await nurse.insert('vital', vital);
    await nurse.awaitInSync();
    const [stored] = await server.call('leaves', [vital._id]);
    const errors = await nurse.errors();
    if (doctor.denied.length > 0 || errors.length > 0 || stored?.length !== 1)
      throw new FuzzFault(`tablets do not sync: ${JSON.stringify({ denied: doctor.denied, errors, stored })}`);
  } finally {
    await nurse.close();
    await doctor.local.destroy();
  }
}
