/** Everyone of a small network of clinics: each a session, a tablet that they work on, and a device that only ever pulls. */
import type { Role } from '../../shared-schemas/roles.ts';
import type { ApiClient, Login } from '../support/api-client.ts';
import { ADMIN_PASSWORD } from '../support/environment.ts';
import {
  createNetwork,
  createPatientAccount,
  loginStaff,
  PASSWORD,
  STAFF,
  type StaffName,
} from '../support/network.ts';
import type { TestServer } from '../support/test-server.ts';
import { Device } from './rest-device.ts';

export class Person {
  readonly name: string;
  readonly login: Login;
  readonly api: ApiClient;
  readonly tablet: Device;
  readonly reader: Device;

  constructor(name: string, login: Login, api: ApiClient) {
    this.name = name;
    this.login = login;
    this.api = api.as(login.accessToken);
    this.tablet = new Device(login);
    this.reader = new Device(login);
  }

  get role(): Role {
    return this.login.principal.role as Role;
  }

  get userId(): string {
    return this.login.principal.userId;
  }
}

const MORE_STAFF = {
  secondDoctorNorth: ['doctor', ['north']],
  nurseEast: ['nurse', ['east']],
  /** Works at two clinics, with a session for each. */
  travellingDoctor: ['doctor', ['east', 'south']],
} as const;

/** The clinics `east`, `north` and `south`, with who works there; the administrator comes first. */
export async function createStaff({ api, admin }: Pick<TestServer, 'api' | 'admin'>): Promise<Person[]> {
  await createNetwork(admin);
  await admin.ok('POST', '/api/clinics', { slug: 'east', name: 'Clinic east' });
  const people = [new Person('admin', await api.login('admin', ADMIN_PASSWORD), api)];
  for (const name of Object.keys(STAFF) as StaffName[]) people.push(new Person(name, await loginStaff(api, name), api));
  for (const [name, [role, clinicIds]] of Object.entries(MORE_STAFF)) {
    const username = name.toLowerCase();
    await admin.ok('POST', '/api/accounts', { username, password: PASSWORD, role, name, clinicIds });
    for (const clinicId of clinicIds)
      people.push(new Person(`${name} at ${clinicId}`, await api.login(username, PASSWORD, { clinicId }), api));
  }
  return people;
}

export async function createPatient({ api, admin }: Pick<TestServer, 'api' | 'admin'>, patientId: string) {
  return new Person(`patient ${patientId}`, await createPatientAccount(admin, patientId), api);
}
