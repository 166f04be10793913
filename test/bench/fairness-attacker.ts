/**
 * One account that asks for as much as it can, in a process of its own, until it is killed. `ATTACK` names what it does, and
 * `ATTACK_URL` and `ATTACK_TOKEN` a role database and a session. It prints `ready` before the first request, and what the
 * answers were after each.
 */
import { connect } from 'node:net';
import type { Login } from '../support/api-client.ts';
import { newDocument, newPatient } from '../support/network.ts';

const { ATTACK = '', ATTACK_URL = '', ATTACK_TOKEN = '', ATTACK_PRINCIPAL = '{}' } = process.env;
const principal = JSON.parse(ATTACK_PRINCIPAL) as Login['principal'];
const patient = newPatient(principal);
const HASH = '0'.repeat(32);

const headers = { authorization: `Bearer ${ATTACK_TOKEN}`, 'content-type': 'application/json' };
async function send(method: string, path: string, body?: string): Promise<number> {
  const response = await fetch(`${ATTACK_URL}${path}`, { method, headers, ...(body !== undefined && { body }) });
  await response.arrayBuffer();
  return response.status;
}
const push = (rows: readonly string[]) => {
  const body = `{"new_edits":false,"docs":[${rows.join()}]}`;
  return () => send('POST', '/_bulk_docs', body);
};
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const row = (member: string) =>
  `${JSON.stringify({ ...newDocument('prescription', patient, principal), _rev: `1-${HASH}` }).slice(0, -1)},${member}}`;
const faulty = (count: number) => push(times(45, () => row(`"lines":[${times(count, () => '{}').join()}]`)));
const revsDiff = (count: number) => {
  const body = JSON.stringify(
    Object.fromEntries(times(count, (n) => [`${patient.patientId}:record:${n}`, [`1-${HASH}`]])),
  );
  return () => send('POST', '/_revs_diff', body);
};
const ancestors = (count: number) =>
  push([row(`"_revisions":${JSON.stringify({ start: count, ids: times(count, () => HASH) })}`)]);

/** Each makes its body once, and answers what is then repeated. */
const ATTACKS: Readonly<Record<string, () => () => Promise<unknown>>> = {
  'empty rows': () => push(times(17_000_000, () => '{}')),
  'many faults': () => faulty(330_000),
  'some faults': () => faulty(9_000),
  'one revision': () => {
    const body = JSON.stringify({ docs: times(20_000, () => ({ id: patient._id })) });
    return async () => {
      await send('POST', '/_bulk_docs', JSON.stringify({ docs: [patient] }));
      return send('POST', '/_bulk_get?revs=true', body);
    };
  },
  'many ids': () => revsDiff(20_000),
  'too many ids': () => revsDiff(200_000),
  'many ancestors': () => ancestors(20_000),
  'refused documents': () => push(times(5_000, () => row('"surprise":1'))),
  'local documents': () => {
    let count = 0;
    return () => send('PUT', `/_local/x${count++}`, JSON.stringify({ text: 'x'.repeat(60_000) }));
  },
  longpolls: () => () =>
    Promise.all(times(1_000, () => send('GET', '/_changes?feed=longpoll&since=now&heartbeat=100'))),
  'half-sent bodies': () => async () => {
    const { hostname, port, pathname } = new URL(ATTACK_URL);
    const lines = [`POST ${pathname}/_bulk_docs HTTP/1.1`, 'Host: x', `Authorization: Bearer ${ATTACK_TOKEN}`];
    const head = [...lines, 'Content-Type: application/json', 'Content-Length: 100000', '', '{"docs":['].join('\r\n');
    await Promise.all(
      times(2_000, async () => {
        const socket = connect(Number(port), hostname).on('error', () => {});
        socket.write(head);
        await new Promise((resolve) => socket.once('close', resolve));
      }),
    );
  },
};

if (ATTACK === '') throw new Error('ATTACK is not set');
const attack = ATTACKS[ATTACK]?.();
if (!attack) throw new Error(`there is no attack ${ATTACK}`);
process.stdout.write('ready\n');
for (;;) {
  const answer = await attack().catch((error: unknown) => String(error));
  process.stdout.write(`${String(answer)}\n`);
}
