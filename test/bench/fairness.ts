/** A quiet tablet while another account asks for as much as it can: how long it waits, and what memory the server takes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { ApiClient, type Login } from '../support/api-client.ts';
import { ADMIN_PASSWORD, createEnvironment } from '../support/environment.ts';
import { createNetwork, loginStaff, newDocument, newPatient } from '../support/network.ts';
import { type ServerProcess, startServerProcess } from '../support/test-server.ts';
import { timeOf } from './measure.ts';

const ATTACKS: Readonly<Record<string, string>> = {
  'empty rows': '51 MB of empty rows',
  'many faults': '45 documents with 330,000 schema faults each',
  'some faults': '45 documents with 9,000 schema faults each',
  'one revision': '_bulk_get of one revision 20,000 times',
  'many ids': '_revs_diff of 20,000 ids',
  'too many ids': '_revs_diff of 200,000 ids',
  'many ancestors': '_revisions of 20,000 names',
  'refused documents': '5,000 refused documents',
  'local documents': 'local documents of 60 KB',
  longpolls: '1,000 longpolls with a heartbeat of 100 ms',
  'half-sent bodies': '2,000 half-sent bodies',
};
const KINDS = ['push', 'pull', 'wake-up'] as const;
type Times = Record<(typeof KINDS)[number], number[]>;

const QUIET_MS = 10_000;
const ATTACK_MS = 10_000;
const LEAST_ROUNDS = 20;
const SAMPLE_MS = 50;
const MEGABYTE = 1_048_576;

export async function fairness(say: (text: string) => void): Promise<string[][]> {
  say('a quiet tablet while another account asks for as much as it can …');
  const environment = await createEnvironment();
  const server = await startServerProcess(environment);
  try {
    const api = new ApiClient(server.url);
    const { accessToken } = await api.login('admin', ADMIN_PASSWORD);
    await createNetwork(api.as(accessToken));
    const tablet = await QuietTablet.start(await loginStaff(api, 'nurseNorth'));
    await tablet.work(QUIET_MS / 2);
    const before = await measured(server, () => tablet.work(QUIET_MS));
    const rows: string[][] = [];
    for (const [attack, words] of Object.entries(ATTACKS)) {
      say(`  ${words} …`);
      // Another device each time: what one was refused does not protect the server from the next.
      const login = await loginStaff(api, 'doctorSouth');
      rows.push(...(await underAttack(server, tablet, login, attack, before)).map((row) => withWords(row, words)));
    }
    return rows;
  } finally {
    await server.kill('SIGTERM');
    await environment.remove();
  }
}

const withWords = ([name = '', ...rest]: readonly string[], words: string): string[] => [
  `${name} during ${words}`,
  ...rest,
];

interface Measured {
  readonly times: Times;
  readonly peakBytes: number;
}

async function underAttack(
  server: ServerProcess,
  tablet: QuietTablet,
  login: Login,
  attack: string,
  before: Measured,
): Promise<string[][]> {
  const stop = await startAttack(attack, login);
  const during = await measured(server, () => tablet.work(ATTACK_MS)).finally(stop);
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    ...KINDS.map((kind) => {
      const [quiet, p50, p95] = [
        at(before.times[kind], 0.5),
        at(during.times[kind], 0.5),
        at(during.times[kind], 0.95),
      ];
      const ratios = `${(p50 / quiet).toFixed(1)} / ${(p95 / quiet).toFixed(1)}`;
      return [`${kind}, p50 / p95`, `${ms(p50)} / ${ms(p95)}`, ms(quiet), ratios];
    }),
    [
      'peak memory',
      `${(during.peakBytes / MEGABYTE).toFixed(0)} MB`,
      `${(before.peakBytes / MEGABYTE).toFixed(0)} MB`,
      `${((during.peakBytes - before.peakBytes) / MEGABYTE).toFixed(0)} MB more`,
    ],
  ];
}

const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;

async function startAttack(attack: string, { accessToken, principal, databases }: Login): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/bench/fairness-attacker.ts'], {
    env: {
      ...process.env,
      ATTACK: attack,
      ATTACK_URL: String(databases[0]?.url),
      ATTACK_TOKEN: accessToken,
      ATTACK_PRINCIPAL: JSON.stringify(principal),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') break;
  child.stdout.resume();
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
}

async function measured({ pid }: ServerProcess, work: () => Promise<Times>): Promise<Measured> {
  let peakBytes = 0;
  const sample = async () => {
    const kilobytes = /VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    peakBytes = Math.max(peakBytes, Number(kilobytes) * 1_024);
  };
  const sampling = setInterval(() => void sample().catch(() => {}), SAMPLE_MS);
  const times = await work().finally(() => clearInterval(sampling));
  return { times, peakBytes };
}

/** Pushes a vital, hears of it on its live feed, and pulls, again and again. */
class QuietTablet {
  readonly #login: Login;
  readonly #patient: ReturnType<typeof newPatient>;

  private constructor(login: Login) {
    this.#login = login;
    this.#patient = newPatient(login.principal);
  }

  static async start(login: Login): Promise<QuietTablet> {
    const tablet = new QuietTablet(login);
    await tablet.#ask('/_bulk_docs', { docs: [tablet.#patient] });
    return tablet;
  }

  async work(forMs: number): Promise<Times> {
    const times: Times = { push: [], pull: [], 'wake-up': [] };
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs || times.push.length < LEAST_ROUNDS) await this.#round(times);
    return times;
  }

  async #round(times: Times): Promise<void> {
    const { last_seq } = await this.#ask<{ last_seq: string }>('/_changes?limit=1&since=now');
    const live = this.#ask(`/_changes?feed=longpoll&heartbeat=10000&since=${last_seq}&limit=100`);
    // It waits when whatever was asked after it is answered.
    await this.#ask('/_local/nothing');
    const vital = newDocument('vital', this.#patient, this.#login.principal);
    const startMs = performance.now();
    const woken = live.then(() => times['wake-up'].push(performance.now() - startMs));
    times.push.push(await timeOf(() => this.#ask('/_bulk_docs', { docs: [vital] })));
    await woken;
    const pull = `/_changes?include_docs=true&limit=100&since=${last_seq}`;
    times.pull.push(await timeOf(() => this.#ask(pull)));
  }

  async #ask<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#login.databases[0]?.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${this.#login.accessToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.status >= 400 && response.status !== 404) throw new Error(`${path}: ${response.status}`);
    return (await response.json()) as T;
  }
}
