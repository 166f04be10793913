/** Two servers, each a process of its own, that share a CouchDB. Only where COUCHDB_URL is set. */
import { ApiClient } from './api-client.ts';
import { ADMIN_PASSWORD, COUCHDB_URL_OTHER, createEnvironment, type TestEnvironment } from './environment.ts';
import { type ServerProcess, startServerProcess } from './test-server.ts';

export interface TwoServers {
  readonly environment: TestEnvironment;
  /** Both start at once, on an empty CouchDB the first time. */
  readonly servers: [ServerProcess, ServerProcess];
  /** Of each server, without a login. */
  readonly apis: [ApiClient, ApiClient];
  /** The administrator, logged in once; the session is good on both. */
  readonly admins: [ApiClient, ApiClient];
  close(): Promise<void>;
}

const JWT_SECRET = 'the same on both servers, and long enough';

/** What the second server is started with; it keeps its files apart. */
export const environmentOfOther = (environment: TestEnvironment): TestEnvironment => ({
  ...environment,
  env: {
    ...environment.env,
    VITASYNC_DATA_DIR: `${environment.folder}/other`,
    ...(COUCHDB_URL_OTHER && { COUCHDB_URL: COUCHDB_URL_OTHER }),
  },
});

export async function startTwoServers(env: NodeJS.ProcessEnv = {}): Promise<TwoServers> {
  const environment = await createEnvironment({
    VITASYNC_JWT_SECRET: JWT_SECRET,
    // On a busy cluster a hundred rounds take longer than a token lasts by itself.
    VITASYNC_ACCESS_TOKEN_MINUTES: '120',
    ...env,
  });
  const servers: [ServerProcess, ServerProcess] = await Promise.all([
    startServerProcess(environment),
    startServerProcess(environmentOfOther(environment)),
  ]);
  const apis: [ApiClient, ApiClient] = [new ApiClient(servers[0].url), new ApiClient(servers[1].url)];
  const { accessToken } = await apis[0].login('admin', ADMIN_PASSWORD);
  return {
    environment,
    servers,
    apis,
    admins: [apis[0].as(accessToken), apis[1].as(accessToken)],
    close: async () => {
      await Promise.all(servers.map((server) => server.kill('SIGTERM')));
      await environment.remove();
    },
  };
}
