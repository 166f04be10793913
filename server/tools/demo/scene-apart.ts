import type { RuleDocument } from '../../../sync-rules/document.ts';
import { change, newDocument, now, read } from './documents.ts';
import { patientDocOf } from './setting.ts';
import type { Stage } from './stage.ts';
import type { Tablet } from './tablet.ts';

/** What was written while some were offline. */
export interface Work {
  readonly visit: RuleDocument;
  readonly confidential: RuleDocument;
  readonly prescription: RuleDocument;
  readonly vital: RuleDocument;
  readonly vaccine: RuleDocument;
  /** The text that the nurse put in the place of a doctor's. */
  readonly nursesDiagnosis: string;
  /** Of the colleague's record, written online. */
  readonly onlineRecordId: string;
  readonly phoneNumber: string;
}

/** Doctor and nurse work without a connection, while others work online. */
export async function workApart(stage: Stage): Promise<Work> {
  const { doctor, nurse, patient } = stage.tablets;
  stage.say('Doctor and nurse lose their connection.');
  await Promise.all([doctor.goOffline(), nurse.goOffline()]);
  const ofDoctor = await doctorsWork(stage, doctor);
  const ofNurse = await nursesWork(stage, nurse);
  await stage.expect('offline_work_stays', async () => {
    const written = [...Object.values(ofDoctor), ofNurse.vital, ofNurse.vaccine].map(({ _id }) => _id);
    const known = await stage.core.primary.known(written);
    return known.size === 0 && (await read(nurse, stage.setting.recordId)).diagnosis === ofNurse.nursesDiagnosis;
  });

  stage.say('Meanwhile, online: the patient has a new telephone number, a colleague writes a record over REST.');
  const phoneNumber = '555-0142';
  await change(patient, patientDocOf(stage.setting), { phoneNumber });
  const { _id: onlineRecordId } = await stage.api.as(stage.people.colleague).post('/api/records', {
    patientId: stage.setting.patientId,
    visitedAt: now(),
    diagnosis: 'Sprained ankle',
    notes: 'Rest and ice for two days.',
  });
  const hasRecord = async (tablet: Tablet) => (await tablet.read(onlineRecordId)) !== undefined;
  await stage.expect('online_goes_on', async () => {
    const onServer = await stage.api.as(stage.people.colleague).get(`/api/patients/${stage.setting.patientId}`);
    const offline = await Promise.all([hasRecord(doctor), hasRecord(nurse)]);
    return onServer.phoneNumber === phoneNumber && (await hasRecord(patient)) && !offline.includes(true);
  });
  return { ...ofDoctor, ...ofNurse, onlineRecordId, phoneNumber };
}

async function doctorsWork({ say, setting }: Stage, doctor: Tablet) {
  say('Offline, the doctor writes a visit, a confidential record and a prescription.');
  const patient = await read(doctor, patientDocOf(setting));
  const prescription = newDocument('prescription', patient, doctor, {
    patientName: `${patient.firstName} ${patient.lastName}`,
    patientBirthDate: patient.birthDate,
    lines: [{ drugName: 'Amoxicillin 500 MG Oral Capsule', dose: '500 mg', quantity: 21, quantityUnit: 'capsules' }],
    status: 'pending',
    notes: 'No known allergy to penicillin.',
    reason: 'Acute bronchitis',
  });
  const visit = newDocument('record', patient, doctor, {
    visitedAt: now(),
    diagnosis: 'Acute bronchitis',
    notes: 'Cough for three days, no fever.',
    prescriptionId: prescription._id,
  });
  const confidential = newDocument('record', patient, doctor, {
    visitedAt: now(),
    diagnosis: 'Anxiety',
    notes: 'Asked that this stays between us.',
    confidential: true,
  });
  for (const document of [prescription, visit, confidential]) await doctor.write(document);
  return { visit, confidential, prescription };
}

async function nursesWork({ say, setting }: Stage, nurse: Tablet) {
  say('Offline, the nurse takes vital signs, gives a vaccine, and changes a doctor’s record, which she may not.');
  const patient = await read(nurse, patientDocOf(setting));
  const vital = newDocument('vital', patient, nurse, {
    measuredAt: now(),
    temperatureCelsius: 37.2,
    heartRatePerMinute: 76,
    systolicMmHg: 124,
    diastolicMmHg: 82,
  });
  const vaccine = newDocument('vaccine', patient, nurse, {
    name: 'Influenza, seasonal, injectable',
    administeredAt: now(),
    site: 'left arm',
    recordId: setting.recordId,
  });
  for (const document of [vital, vaccine]) await nurse.write(document);
  const nursesDiagnosis = 'Changed by a nurse';
  await change(nurse, setting.recordId, { diagnosis: nursesDiagnosis });
  return { vital, vaccine, nursesDiagnosis };
}
