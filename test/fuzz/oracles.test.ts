/** The fuzzer finds what it is there to find: each of its oracles against an answer that no server may give. */
import { describe, expect, it } from 'vitest';
import { randomOf } from '../support/random.ts';
import type { FuzzAnswer, FuzzInput } from './fuzz-input.ts';
import { seedOf } from './fuzz-run.ts';
import { type GuardedPatient, Lane } from './lane.ts';
import {
  type AnsweredRow,
  answeredRows,
  expectedRows,
  faultOfForm,
  faultOfRows,
  faultOfScope,
  mayHaveChanged,
} from './oracles.ts';
import { personOf } from './person.ts';

const OWN = 'p01kaaaaaaaaaaaaaaaaaaaaaaa';
const OTHER = 'p01kbbbbbbbbbbbbbbbbbbbbbbb';
const patientOf = (patientId: string, clinic: string): GuardedPatient => ({ patientId, clinicIds: [clinic] });

const nurse = personOf('nurseNorth', {
  accessToken: '',
  refreshToken: '',
  principal: { userId: 'u1', role: 'nurse', clinicId: 'north', deviceId: 'd1' },
  databases: [{ name: 'nurse-north', url: '', types: ['patient', 'record'] }],
});
const lane = new Lane({
  leaves: async () => [],
  people: [nurse],
  guarded: { north: patientOf(OWN, 'north'), south: patientOf(OTHER, 'south') },
  guardedIds: [],
  endedToken: '',
});

const input = (more: Partial<FuzzInput> = {}): FuzzInput => ({
  endpoint: '_bulk_docs',
  person: nurse,
  isTyped: false,
  method: 'POST',
  path: '/sync/nurse-north/_bulk_docs',
  headers: {},
  named: ['a', 'b'],
  ...more,
});
const answer = (status: number, body: unknown, contentType = 'application/json; charset=utf-8'): FuzzAnswer => ({
  status,
  contentType,
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
const rowsOf = (one: FuzzInput, given: FuzzAnswer): readonly AnsweredRow[] => answeredRows(one, given);
const row = (id: string, isGood = false) => ({
  id,
  isGood,
  isBroken: false,
  text: JSON.stringify({ _id: id, _rev: '1-a' }),
});
const batch = { rows: [row('a'), row('b', true)], mode: 'revisions', isReadable: true } as const;

describe('it is a fault that', () => {
  it.each([
    ['the server fails', input(), answer(500, { error: 'x', reason: 'y' })],
    ['an error has no reason', input(), answer(400, { error: 'x' })],
    ['an answer is no JSON', input(), answer(200, '{"rows":[')],
    ['an answer is a page', input(), answer(404, '<html>', 'text/html')],
    [
      'an error of a longpoll is JSON, for RxDB',
      input({ isTyped: true, path: '/sync/nurse-north/record/_changes?feed=longpoll' }),
      answer(400, { error: 'x', reason: 'y' }),
    ],
  ])('%s', (_, one, given) => {
    expect(faultOfForm(one, given)).toEqual(expect.any(String));
  });

  it.each([
    ['a batch fails for one row', 400, { error: 'x', reason: 'y' }],
    ['a row is an error that stops PouchDB', 201, [{ id: 'a', error: 'not_found' }]],
    ['more rows are told of than there are', 201, Array.from({ length: 3 }, () => ({ id: 'a', error: 'forbidden' }))],
  ])('%s', (_, status, body) => {
    const [one, given] = [input({ batch }), answer(status, body)];
    expect(faultOfRows(one, given, rowsOf(one, given))).toEqual(expect.any(String));
  });

  it.each([
    ['a secret is answered', { notes: 'guardsouth' }],
    ['a text is answered that is not for nurses', { notes: 'guardnorthconfidential' }],
    ['a patient of another clinic is named', { rows: [{ id: `${OTHER}:patient` }] }],
    ['a type is named that is not synced', { rows: [{ doc: { _id: `${OWN}:vital:01kaaaaaaaaaaaaaaaaaaaaaaa` } }] }],
  ])('%s', (_, body) => {
    expect(faultOfScope(input(), answer(200, body), lane)).toEqual(expect.any(String));
  });
});

describe('it is none that', () => {
  it('somebody reads what they may, or hears of what they asked for', () => {
    const asked = input({ body: Buffer.from(JSON.stringify({ keys: [`${OTHER}:patient`] })) });
    const body = { rows: [{ id: `${OWN}:patient`, notes: 'guardnorth' }, { key: `${OTHER}:patient` }] };
    expect(faultOfScope(asked, answer(200, body), lane)).toBeUndefined();
  });

  it('what was stored changes, and what was refused does not', () => {
    const one = input({ batch });
    const given = answer(201, [{ id: 'a', error: 'forbidden' }]);
    expect(mayHaveChanged(one, given, rowsOf(one, given))).toEqual(new Set(['b']));
    expect(mayHaveChanged(one, answer(400, {}), [])).toEqual(new Set());
    expect(expectedRows(batch)).toEqual([{ id: 'b', rev: '1-a' }]);
  });
});

it('inputs beside each other have nothing in common, and each can be made again', () => {
  const first = (index: number) => randomOf(seedOf(7, index)).between(0, 2 ** 30);
  const drawn = Array.from({ length: 1_000 }, (_, index) => first(index));
  expect(new Set(drawn).size).toBeGreaterThan(990);
  expect(first(5)).toBe(drawn[5]);
});
