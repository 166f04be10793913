import { change, now } from './documents.ts';
import type { Work } from './scene-apart.ts';
import { patientDocOf } from './setting.ts';
import type { Stage } from './stage.ts';
import type { Tablet } from './tablet.ts';

/** As many held writes as the demo looks through; it makes one. */
const MAX_HELD = 1_000;

/** Everyone is online again: work goes where it belongs, and nowhere else. */
export async function workTogether(stage: Stage, work: Work): Promise<void> {
  const { doctor, nurse, patient } = stage.tablets;
  stage.say('Doctor and nurse have a connection again.');
  doctor.goOnline();
  nurse.goOnline();
  await stage.expect('work_arrives', async () => {
    const arrived = await Promise.all([
      haveAll(doctor, [work.vital._id, work.vaccine._id, work.onlineRecordId]),
      haveAll(nurse, [work.visit._id, work.onlineRecordId]),
      ...[doctor, nurse].map(
        async (tablet) => (await tablet.read(patientDocOf(stage.setting)))?.phoneNumber === work.phoneNumber,
      ),
    ]);
    return !arrived.includes(false);
  });
  await stage.expect('confidential', async () => {
    const id = work.confidential._id;
    const has = await Promise.all([doctor, patient, nurse].map((tablet) => haveAll(tablet, [id])));
    return has.join() === 'true,true,false' && (await stage.haveConverged());
  });
  await stage.expect('refused', () => refusalShows(stage, work));
  await fillPrescription(stage, work);
}

async function refusalShows({ core, tablets, setting }: Stage, { nursesDiagnosis }: Work): Promise<boolean> {
  const held = await core.held.list(MAX_HELD);
  const isHeld = held.some(
    ({ documentId, code, body }) =>
      documentId === setting.recordId && code === 'not_author' && body.diagnosis === nursesDiagnosis,
  );
  const shown = await Promise.all([tablets.nurse, tablets.doctor].map((tablet) => tablet.read(setting.recordId)));
  const texts = new Set(shown.map((document) => document?.diagnosis));
  return isHeld && texts.size === 1 && !texts.has(undefined) && !texts.has(nursesDiagnosis);
}

async function fillPrescription(stage: Stage, { prescription }: Work): Promise<void> {
  const { pharmacist, doctor } = stage.tablets;
  const id = prescription._id;
  await stage.expect('prescribed', async () => {
    const received = await pharmacist.read(id);
    return received?.status === 'pending' && !('notes' in received) && !('reason' in received);
  });
  stage.say('The pharmacist fills it.');
  const filledBy = pharmacist.principal.userId;
  await change(pharmacist, id, { status: 'filled', filledBy, filledAt: now(), dispenseNotes: 'Take with water.' });
  await stage.expect('filled', async () => {
    const seen = await doctor.read(id);
    const kept = seen?.notes === prescription.notes && seen?.reason === prescription.reason;
    return seen?.status === 'filled' && seen.filledBy === filledBy && kept;
  });
}

async function haveAll(tablet: Tablet, ids: readonly string[]): Promise<boolean> {
  const found = await Promise.all(ids.map((id) => tablet.read(id)));
  return !found.includes(undefined);
}
