import { abilityOf, readableCopy } from '../../../sync-rules/ability.ts';
import { clinicDatabase } from '../../../sync-rules/role-database.ts';
import { change } from './documents.ts';
import { primaryDocuments } from './primary.ts';
import { patientDocOf } from './setting.ts';
import type { Stage } from './stage.ts';
import type { Tablet } from './tablet.ts';

/** The patient moves to the other clinic and comes back, with everything. */
export async function refer(stage: Stage): Promise<void> {
  const { doctor, nurse, pharmacist, patient } = stage.tablets;
  const staff = [doctor, nurse, pharmacist];
  const { clinic, otherClinic } = stage.setting;
  const everything = await idsOn(patient, stage);
  const before = await idsOnEach(staff, stage);

  stage.say(`The doctor refers the patient to ${otherClinic}: ${everything.length} documents move.`);
  await change(doctor, patientDocOf(stage.setting), { clinicIds: [otherClinic] });
  await stage.expect('referred', async () => {
    const here = (await idsOnEach(staff, stage)).flat();
    const there = await idsAtOtherClinic(stage);
    return here.length === 0 && there.length > 0 && there.join() === (await readableAtOtherClinic(stage)).join();
  });
  await stage.expect('kept', async () => (await idsOn(patient, stage)).join() === everything.join());

  stage.say(`A nurse there refers the patient back to ${clinic}, over REST.`);
  const otherNurse = stage.api.as(stage.people.otherNurse);
  const address = `/api/patients/${stage.setting.patientId}`;
  await otherNurse.put(address, { ...(await otherNurse.get(address)), clinicIds: [clinic] });
  await stage.expect('returned', async () => {
    const back = await idsOnEach([...staff, patient], stage);
    return same(back, [...before, everything]) && (await idsAtOtherClinic(stage)).length === 0;
  });
}

const same = (a: readonly string[][], b: readonly string[][]): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The patient's documents on a tablet. */
async function idsOn(tablet: Tablet, { setting }: Stage): Promise<string[]> {
  const documents = await tablet.documents();
  return [...documents.keys()].filter((id) => id.startsWith(`${setting.patientId}:`)).sort();
}

const idsOnEach = (tablets: readonly Tablet[], stage: Stage): Promise<string[][]> =>
  Promise.all(tablets.map((tablet) => idsOn(tablet, stage)));

/** The patient's documents in the role database of the other clinic's nurses, asked as their tablets ask. */
async function idsAtOtherClinic({ api, people, setting }: Stage): Promise<string[]> {
  const { name } = clinicDatabase('nurse', setting.otherClinic);
  const range = new URLSearchParams({
    startkey: JSON.stringify(`${setting.patientId}:`),
    endkey: JSON.stringify(`${setting.patientId}:\ufff0`),
  });
  const { rows } = await api
    .as(people.otherNurse)
    .get<{ rows: { id: string }[] }>(`/sync/${name}/_all_docs?${range.toString()}`);
  return rows.map(({ id }) => id).sort();
}

async function readableAtOtherClinic({ core, people, setting }: Stage): Promise<string[]> {
  const documents = (await primaryDocuments(core)).filter(({ patientId }) => patientId === setting.patientId);
  const ability = abilityOf(people.otherNurse.principal);
  const readable = documents.filter((document) => readableCopy(ability, document));
  return readable.map(({ _id }) => _id).sort();
}
