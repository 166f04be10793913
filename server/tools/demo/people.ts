/** Who takes part: accounts that the administrator creates, and their logins. */
import { randomBytes } from 'node:crypto';
import type { DemoServer } from './demo-server.ts';
import { type Login, RestClient } from './rest-client.ts';
import type { Setting } from './setting.ts';

/** With a tablet: doctor, nurse, pharmacist and patient. At a desk, over REST: the others. */
export interface People {
  readonly doctor: Login;
  readonly nurse: Login;
  readonly pharmacist: Login;
  readonly patient: Login;
  /** Another doctor of the same clinic. */
  readonly colleague: Login;
  /** A nurse of the clinic that the patient is referred to. */
  readonly otherNurse: Login;
}

export async function createPeople({ url, adminPassword }: DemoServer, setting: Setting): Promise<People> {
  const api = new RestClient(url);
  const login = (username: string, password: string) => api.post<Login>('/api/login', { username, password });
  const admin = api.as(await login('admin', adminPassword));
  const create = async (username: string, account: Readonly<Record<string, unknown>>) => {
    const password = randomBytes(12).toString('base64url');
    await admin.post('/api/accounts', { username, password, ...account });
    return login(username, password);
  };
  const here = { clinicIds: [setting.clinic] };
  return {
    doctor: await create('doctor', { role: 'doctor', name: 'Dr Salma Haddad', ...here }),
    nurse: await create('nurse', { role: 'nurse', name: 'Ana Moreno', ...here }),
    pharmacist: await create('pharmacist', { role: 'pharmacist', name: 'Jonas Berg', ...here }),
    patient: await create('patient', { role: 'patient', name: 'The patient', patientId: setting.patientId }),
    colleague: await create('colleague', { role: 'doctor', name: 'Dr Wei Chen', ...here }),
    otherNurse: await create('other-nurse', {
      role: 'nurse',
      name: 'Kofi Mensah',
      clinicIds: [setting.otherClinic],
    }),
  };
}
