/** A run: inputs one after another in each of several lanes, and what must hold after each of them. */
import { parseId } from '../../shared-schemas/ids.ts';
import { randomOf } from '../support/random.ts';
import { syncRequest } from '../support/sync-request.ts';
import { FuzzClient, NoAnswerError } from './fuzz-client.ts';
import type { FuzzAnswer, FuzzInput } from './fuzz-input.ts';
import { makeInput } from './grammar/grammar.ts';
import { newUlidOf } from './grammar/scene.ts';
import type { Lane } from './lane.ts';
import {
  type AnsweredRow,
  answeredRows,
  expectedRows,
  faultOfForm,
  faultOfRows,
  faultOfScope,
  mayHaveChanged,
} from './oracles.ts';
import { looseDocuments, openStage, personNamed, type Stage } from './stage.ts';
import type { Tally } from './tally.ts';

const LANES = 6;
/** Inputs that one server gets: what it stores of them makes every look at all of it longer. */
export const ROUND = 20_000;
/** Inputs of a lane before it is given new documents: those that were there may be gone, or elsewhere. */
const RENEWED_AFTER = 100;

export interface FuzzOptions {
  readonly seed: number;
  readonly from: number;
  readonly inputs: number;
  /** Ends earlier where this is over. */
  readonly untilMs?: number;
  /** Of each server, once it has started. */
  readonly sendingMs?: number;
  readonly stopping?: AbortSignal;
  readonly endpoints?: readonly string[];
  readonly tally: Tally;
  readonly onInput?: () => void;
}

/** An input after which something was wrong, with how it is sent again. */
export class FuzzFault extends Error {
  override readonly name = 'FuzzFault';
}

/** Inputs `from` to `from + inputs` on a server of their own, until the first fault. */
export async function runRound(options: FuzzOptions, atEnd: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await openStage(LANES);
  const round = new Round(options, stage);
  try {
    await Promise.all(stage.lanes.map((lane, at) => round.run(lane, at)));
    await round.finish();
    await atEnd(stage);
    const complaint = stage.server.complaint();
    if (complaint) throw new FuzzFault(complaint);
  } finally {
    round.close();
    await stage.server.close();
  }
}

/** Neighbouring numbers lead to streams that have nothing in common. */
export const seedOf = (seed: number, index: number): number =>
  (Math.imul(seed ^ (seed >>> 16), 0x85ebca6b) + Math.imul(index + 1, 0x9e3779b1)) | 0;

class Round {
  readonly #options: FuzzOptions;
  readonly #stage: Stage;
  readonly #client: FuzzClient;
  readonly #openedMs = performance.now();
  #isOver = false;

  constructor(options: FuzzOptions, stage: Stage) {
    this.#options = options;
    this.#stage = stage;
    this.#client = new FuzzClient(stage.server.url, LANES + 2);
  }

  close(): void {
    this.#client.close();
  }

  get #mustStop(): boolean {
    const { untilMs = Number.POSITIVE_INFINITY, sendingMs = Number.POSITIVE_INFINITY, stopping } = this.#options;
    const nowMs = performance.now();
    return this.#isOver || stopping?.aborted === true || nowMs >= untilMs || nowMs >= this.#openedMs + sendingMs;
  }

  async run(lane: Lane, at: number): Promise<void> {
    const { from, inputs, onInput = () => {} } = this.#options;
    let sent = 0;
    for (let index = from; index < from + inputs && !this.#mustStop; index++) {
      if (index % LANES !== at) continue;
      try {
        if (sent++ % RENEWED_AFTER === 0) await this.#renew(lane, index);
        await this.#send(lane, index);
      } catch (error) {
        this.#isOver = true;
        throw error;
      }
      onInput();
    }
  }

  /** Nothing changed that no answer told of, and everything can be read and is where the rules say. */
  async finish(): Promise<void> {
    for (const lane of this.#stage.lanes) await this.#expectUntouched(lane);
    await this.#stage.server.call('settled');
    const faults = await this.#stage.server.call('faults');
    if (faults.length > 0)
      throw new FuzzFault(`${faults.length} faults of the store:\n${faults.slice(0, 20).join('\n')}`);
  }

  async #expectUntouched(lane: Lane): Promise<void> {
    const changed = await lane.unexpected();
    if (changed.length > 0) throw new FuzzFault(`changed, and no answer told of it: ${changed.join(', ')}`);
  }

  async #renew(lane: Lane, index: number): Promise<void> {
    const random = randomOf(seedOf(this.#options.seed, -1 - index));
    const doctor = personNamed(lane, 'doctorNorth');
    const ulids = Array.from({ length: 7 }, () => newUlidOf(random));
    const docs = looseDocuments(doctor, `p${newUlidOf(random)}`, ulids);
    const answer = await syncRequest(doctor.login, 'POST', '/_bulk_docs', { docs });
    const rows = (await answer.json()) as AnsweredRow[];
    if (answer.status !== 201 || rows.some(({ ok }) => !ok))
      throw new FuzzFault(`documents of an honest doctor are refused: ${answer.status} ${JSON.stringify(rows)}`);
    const last = rows.at(-1);
    const gone = await syncRequest(doctor.login, 'DELETE', `/${docs.at(-1)?._id}?rev=${last?.rev}`);
    if (!gone.ok) throw new FuzzFault(`a deletion by an honest doctor is refused: ${await gone.text()}`);
    await lane.renew(docs.map(({ _id }) => _id));
  }

  async #send(lane: Lane, index: number): Promise<void> {
    const random = randomOf(seedOf(this.#options.seed, index));
    const person = random.pick(lane.askers);
    const input = makeInput({ random, index, lane, person }, this.#options.endpoints);
    const fail = (what: string, answer?: FuzzAnswer) => {
      throw new FuzzFault(`${what}\n${this.#replay(index)}\n${describe(input, answer)}`);
    };
    const startedMs = performance.now();
    let answer: FuzzAnswer;
    try {
      answer = await this.#client.send(input);
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      // A crash is heard of when the process has ended, which may be after its connections have.
      await new Promise((resolve) => setTimeout(resolve, 200));
      return fail(this.#stage.server.complaint() ?? error.message);
    }
    const rows = answeredRows(input, answer);
    this.#options.tally.add(input, answer, rows, performance.now() - startedMs);
    note(lane, answer);
    const fault =
      this.#stage.server.complaint() ??
      faultOfForm(input, answer) ??
      faultOfRows(input, answer, rows) ??
      faultOfScope(input, answer, lane) ??
      (await changeWithoutLeave(lane, input, answer, rows)) ??
      missingGood(lane, input, answer, rows);
    if (fault) fail(fault, answer);
  }

  #replay = (index: number): string => {
    const { seed, from } = this.#options;
    return `npm run fuzz -- --seed ${seed} --from ${index} --inputs 1\n(or, with all that came before: --seed ${seed} --from ${from} --inputs ${index - from + 1})`;
  };
}

function note(lane: Lane, { text }: FuzzAnswer): void {
  const position = /"last_seq":"([^"]+)"/.exec(text)?.[1];
  if (position !== undefined) lane.note(position);
}

async function changeWithoutLeave(
  lane: Lane,
  input: FuzzInput,
  answer: FuzzAnswer,
  rows: readonly AnsweredRow[],
): Promise<string | undefined> {
  if (input.named.length === 0) return undefined;
  const free = mayHaveChanged(input, answer, rows);
  const moved = [...free].flatMap((id) =>
    parseId(id)?.type === 'patient' ? lane.ofPatient(parseId(id)?.patientId ?? '') : [],
  );
  const looked = [...new Set([...input.named, ...moved])];
  const changed = await lane.read(looked);
  const wrongly = changed.filter((id) => !free.has(id) && !moved.includes(id));
  return wrongly.length === 0 ? undefined : `a refused input changed ${wrongly.join(', ')}`;
}

function missingGood(
  lane: Lane,
  { batch }: FuzzInput,
  { status }: FuzzAnswer,
  rows: readonly AnsweredRow[],
): string | undefined {
  if (!batch || status === 429) return undefined;
  const missing = expectedRows(batch).filter(({ id, rev }) => {
    const [stored] = lane.leavesOf(id);
    return !stored || stored.deleted || (rev !== undefined && stored.rev !== rev);
  });
  const [first] = missing;
  if (!first) return undefined;
  const told = rows.find(({ id }) => id === first.id);
  const patient = lane.leavesOf(`${parseId(first.id)?.patientId}:patient`);
  return `a good row is not stored beside bad ones: ${first.id}, status ${status}, ${JSON.stringify(told)}, of ${JSON.stringify(patient)}`;
}

const SHOWN = 3_000;
/** On one line, long rows of the same left out. */
function shown(text: string): string {
  const short = text.replaceAll(/(.{1,6}?)\1{30,}/gs, (all, one: string) => `${one}…×${all.length / one.length}…`);
  return short.length > SHOWN ? `${short.slice(0, SHOWN)}… (${text.length})` : short;
}

function describe({ person, method, path, headers, body, bytes, pieceBytes }: FuzzInput, answer?: FuzzAnswer): string {
  const { authorization: _, ...others } = headers;
  const lines = [
    `${person.name}: ${method} ${shown(path)} ${JSON.stringify(others)}`,
    ...(pieceBytes === undefined ? [] : [`in pieces of ${pieceBytes} bytes`]),
    ...(body ? [shown(headers['content-encoding'] ? body.toString('base64') : body.toString())] : []),
    ...(bytes ? [JSON.stringify(shown(bytes.toString('latin1').replace(person.login.accessToken, '…')))] : []),
    ...(answer ? [`answered ${answer.status ?? 'nothing'} ${shown(answer.text)}`] : []),
  ];
  return lines.join('\n');
}
