/** A patient's whole record over HTTP, as far as the caller may read it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPatientAccount } from '../support/network.ts';
import { type ApiDocument, ApiNetwork } from './api-network.ts';

interface Export {
  readonly patient: ApiDocument;
  readonly documents: readonly ApiDocument[];
  readonly clinics: readonly ApiDocument[];
  readonly staff: readonly ApiDocument[];
}
interface Bundle {
  readonly resourceType: string;
  readonly type: string;
  readonly entry: readonly { readonly resource: { readonly resourceType: string } }[];
}

let network: ApiNetwork;
let patient: ApiDocument;
beforeAll(async () => {
  network = await ApiNetwork.start();
  patient = await network.patient({ staffNotes: 'Anxious' });
  const add = (path: string, more: object) =>
    network.add('doctorNorth', path, { patientId: patient.patientId, ...more });
  await add('records', { diagnosis: 'Influenza' });
  await add('records', { diagnosis: 'Private', confidential: true });
  await add('prescriptions', { lines: [{ drugName: 'Oseltamivir' }] });
  await add('vitals', { heartRatePerMinute: 70 });
});
afterAll(() => network?.close());

const path = () => `/api/patients/${patient.patientId}/export`;
const types = ({ documents }: Export) => documents.map(({ type }) => type).sort();

it('holds what each may read, with the clinics and the staff that are named', async () => {
  const doctors = await network.as('doctorNorth').ok<Export>('GET', path());
  expect(doctors.patient).toMatchObject({ _id: patient._id, staffNotes: 'Anxious' });
  expect(types(doctors)).toEqual(['prescription', 'record', 'record', 'vital']);
  expect(doctors.clinics.map(({ slug }) => slug)).toEqual(['north']);
  expect(doctors.staff.map(({ name }) => name)).toEqual(['doctorNorth']);
  expect(types(await network.as('nurseNorth').ok<Export>('GET', path()))).toEqual(['record', 'vital']);
  expect((await network.as('pharmacistNorth').request('GET', path())).status).toBe(403);
  expect((await network.as('doctorSouth').request('GET', path())).status).toBe(404);
  const { accessToken } = await createPatientAccount(network.server.admin, patient.patientId);
  const own = await network.server.api.as(accessToken).ok<Export>('GET', path());
  expect(own.patient.staffNotes).toBeUndefined();
  expect(types(own)).toEqual(['prescription', 'record', 'record', 'vital']);
});

it('comes as FHIR where that is asked for, and leaves a trace', async () => {
  const fhir = await network
    .as('doctorNorth')
    .request<Bundle>('GET', path(), undefined, { accept: 'application/fhir+json' });
  expect(fhir.headers.get('content-type')).toContain('application/fhir+json');
  expect(fhir.headers.get('content-disposition')).toContain('attachment');
  expect(fhir.body).toMatchObject({ resourceType: 'Bundle', type: 'collection' });
  const kinds = new Set(fhir.body.entry.map(({ resource }) => resource.resourceType));
  expect([...kinds]).toEqual(
    expect.arrayContaining(['Patient', 'Encounter', 'MedicationRequest', 'Observation', 'Practitioner']),
  );
  expect(await network.as('doctorNorth').ok('GET', `${path()}?format=fhir`)).toMatchObject({ resourceType: 'Bundle' });
  const { items } = await network.server.admin.ok<{ items: object[] }>(
    'GET',
    '/api/audit?kind=patient_exported&limit=2',
  );
  const by = network.login('doctorNorth').principal.userId;
  expect(items).toMatchObject([
    { patientId: patient.patientId, by, format: 'fhir' },
    { by, format: 'fhir' },
  ]);
});
