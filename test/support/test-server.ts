/** A server as users meet it: on a port, with a store of its own. */

import { spawn } from 'node:child_process';
import type { Express } from 'express';
import { buildServer } from '../../server/composition.ts';
import { loadConfig } from '../../server/config.ts';
import type { Core } from '../../server/documents/core.ts';
import { Lifecycle } from '../../server/lib/lifecycle.ts';
import { listen } from '../../server/lib/listen.ts';
import { createLogger } from '../../server/lib/logger.ts';
import type { SyncRules } from '../../sync-rules/sync-rules.ts';
import { ApiClient } from './api-client.ts';
import { compiled } from './compiled.ts';
import { DescribedAnswers } from './described-answers.ts';
import { ADMIN_PASSWORD, createEnvironment, type TestEnvironment } from './environment.ts';
import { waitFor } from './wait-for.ts';

export interface TestServer {
  readonly url: string;
  readonly app: Express;
  readonly core: Core;
  readonly environment: TestEnvironment;
  readonly api: ApiClient;
  /** Logged in as the administrator. */
  readonly admin: ApiClient;
  /** Waits until every role database is built, and the projector has nothing left to do. */
  settled(): Promise<void>;
  /** Stops serving and closes the store; the environment stays. */
  stop(): Promise<void>;
  /** Stops, and removes the environment. */
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly environment?: TestEnvironment;
  readonly env?: NodeJS.ProcessEnv;
  readonly rules?: SyncRules;
  /** The clock of everything but sessions, milliseconds since 1970. */
  readonly nowMs?: () => number;
}

/** In this process, so that a test can look at the databases as well. */
export async function startServer({
  environment,
  env = {},
  rules,
  nowMs,
}: TestServerOptions = {}): Promise<TestServer> {
  const given = environment ?? (await createEnvironment(env));
  const config = loadConfig({ ...given.env, ...env });
  const logger = createLogger({ level: config.logLevel, pretty: false });
  const lifecycle = new Lifecycle(logger);
  const server = await buildServer({
    ...{ config, logger, lifecycle },
    ...(rules && { rules }),
    ...(nowMs && { nowMs }),
  });
  const url = `http://127.0.0.1:${await listen(server.app, { host: '127.0.0.1', port: 0, lifecycle })}`;
  const api = new ApiClient(url, undefined, await DescribedAnswers.of(url));
  const { accessToken } = await api.login('admin', ADMIN_PASSWORD);
  const stop = () => lifecycle.stop({ deadlineMs: config.shutdownSeconds * 1_000 });
  return {
    url,
    app: server.app,
    core: server.core,
    environment: given,
    api,
    admin: api.as(accessToken),
    settled: async () => {
      const { primary, projector, roleDatabases } = server.core;
      await waitFor(() => roleDatabases.list().every(({ serving, building }) => serving && !building), {
        what: 'the builds',
      });
      await waitFor(
        async () => {
          const { results } = await primary.changes({ since: projector.position(), limit: 1 });
          return results.length === 0;
        },
        { what: 'the projector being caught up' },
      );
    },
    stop,
    close: async () => {
      await stop();
      await given.remove();
    },
  };
}

/** On a CouchDB that is busy with other tests as well. */
const START_TIMEOUT_MS = 90_000;

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Everything it printed so far. */
  output(): string;
  /** Sends the signal and waits for the end; answers the exit code, or null after a signal. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** In a process of its own, to be killed. `folder`: of the project, where it is a copy, which is started as `npm start` does. */
export async function startServerProcess({ env }: TestEnvironment, folder?: string): Promise<ServerProcess> {
  const program = folder === undefined ? [await compiled('server/main.ts')] : ['--import', 'tsx', 'server/main.ts'];
  const child = spawn(process.execPath, program, {
    env: { ...process.env, ...env },
    ...(folder !== undefined && { cwd: folder }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const url = await waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`the server did not start:\n${printed}`);
      return /REST API\s+(http\S+)\/api/.exec(printed)?.[1];
    },
    { what: 'the server printing its address', timeoutMs: START_TIMEOUT_MS },
  ).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    url,
    pid: child.pid ?? 0,
    output: () => printed,
    kill: async (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
