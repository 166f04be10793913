/** A server with a network of two clinics, and a logged-in client for each who works there. */
import type { ApiClient, Login } from '../support/api-client.ts';
import { createNetwork, loginStaff, STAFF, type StaffName } from '../support/network.ts';
import { startServer, type TestServer } from '../support/test-server.ts';

export interface ApiDocument {
  readonly _id: string;
  readonly _rev: string;
  readonly patientId: string;
  readonly [field: string]: unknown;
}
export interface ApiPage {
  readonly items: readonly ApiDocument[];
  readonly total?: number;
  readonly nextCursor?: string;
}
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly reason?: string;
  readonly faults?: readonly { readonly part?: string; readonly path: string; readonly rule?: string }[];
  readonly refusals?: readonly { readonly part: string; readonly reason: string }[];
}

export const PERSON = { firstName: 'Ada', lastName: 'Example', sex: 'female', birthDate: '1980-05-17' };

export class ApiNetwork {
  readonly server: TestServer;
  readonly #logins: ReadonlyMap<StaffName, Login>;

  private constructor(server: TestServer, logins: ReadonlyMap<StaffName, Login>) {
    this.server = server;
    this.#logins = logins;
  }

  static async start(): Promise<ApiNetwork> {
    const server = await startServer();
    await createNetwork(server.admin);
    const logins = new Map<StaffName, Login>();
    for (const name of Object.keys(STAFF) as StaffName[]) logins.set(name, await loginStaff(server.api, name));
    return new ApiNetwork(server, logins);
  }

  login(name: StaffName): Login {
    const login = this.#logins.get(name);
    if (!login) throw new RangeError(name);
    return login;
  }

  as(name: StaffName | 'admin'): ApiClient {
    return name === 'admin' ? this.server.admin : this.server.api.as(this.login(name).accessToken);
  }

  add(name: StaffName | 'admin', path: string, body: Record<string, unknown>): Promise<ApiDocument> {
    return this.as(name).ok<ApiDocument>('POST', `/api/${path}`, body);
  }

  patient(more: Record<string, unknown> = {}, name: StaffName = 'doctorNorth'): Promise<ApiDocument> {
    return this.add(name, 'patients', { ...PERSON, ...more });
  }

  close(): Promise<void> {
    return this.server.close();
  }
}
