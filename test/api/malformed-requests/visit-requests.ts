/** Visits that can't have been. */
import { newPatientId, newUlid } from '../../../shared-schemas/ids.ts';
import type { Group, Requests } from './requests.ts';

function wrongVisits({ stage: { documents, otherPatient } }: Requests): Record<string, object> {
  const { patientId } = documents.patient;
  const linkTo = (of: string, type: string) => `${of}:${type}:${newUlid()}`;
  const twice = { _id: linkTo(patientId, 'vital') };
  return {
    'no record': { record: undefined },
    'a record that is a text': { record: 'x' },
    'a record that is a list': { record: [] },
    'an empty record': { record: {} },
    'a record of another patient': { record: { diagnosis: 'x', patientId: otherPatient.patientId } },
    'a record that links to another patient': {
      record: { diagnosis: 'x', vitalId: linkTo(otherPatient.patientId, 'vital') },
    },
    'a record that links to nothing': {
      record: { diagnosis: 'x', appointmentId: linkTo(patientId, 'appointment') },
    },
    'no patient': { patientId: undefined },
    'a patient that is none': { patientId: 'nobody' },
    'a patient that there is not': { patientId: newPatientId() },
    'a patient that is a list': { patientId: [newPatientId()] },
    'vitals that are an object': { vitals: {} },
    'vitals that are texts': { vitals: ['x'] },
    'vitals that are null': { vitals: null },
    'vitals in vitals': { vitals: [[{}]] },
    '51 vitals': { vitals: Array.from({ length: 51 }, () => ({ heartRatePerMinute: 70 })) },
    'a vital that is out of bounds': { vitals: [{ heartRatePerMinute: 70 }, { heartRatePerMinute: -1 }] },
    'a vital of another patient': { vitals: [{ patientId: otherPatient.patientId }] },
    'a vital that is a vaccine': { vitals: [{ type: 'vaccine' }] },
    'a vital with a revision': { vitals: [{ _rev: '1-0' }] },
    'a vital with the id of a record': { vitals: [{ _id: documents.record._id }] },
    'two vitals with one id': { vitals: [twice, twice] },
    'a prescription without lines': { prescriptions: [{ reason: 'x' }] },
    'an unknown list': { appointments: [] },
  };
}

export const visitGroups: readonly Group[] = [
  {
    name: 'is not made of anything',
    make: (requests) => {
      const visit = { patientId: requests.stage.documents.patient.patientId, record: { diagnosis: 'Cough' } };
      return Object.entries(wrongVisits(requests)).map(([name, more]) =>
        requests.of(name, 'POST', '/api/visits', { ...visit, ...more }),
      );
    },
  },
];
