/** How a body travels: mostly as every client sends it, else packed, in pieces, cut, or called what it is not. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { happens } from '../../property/seeded-random.ts';
import type { Random } from '../../support/random.ts';
import type { FuzzInput } from '../fuzz-input.ts';

export interface Sent extends Pick<FuzzInput, 'body' | 'headers' | 'pieceBytes'> {
  /** The server gets the same JSON all the same. */
  readonly isWhole: boolean;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const ODD_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/json; charset=utf-16',
  'application/json; charset=latin1',
  'application/json; charset="x',
  'application/jsonx',
  'multipart/related; boundary=x',
  'json',
  '',
  'application/json, text/plain',
  'application/json;',
] as const;
const FINE_TYPES = ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'] as const;
const ENCODERS = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const;

function packed(random: Random, body: Buffer): Sent {
  const [encoding, encode] = random.pick(ENCODERS);
  const bytes = encode(body);
  const kind = random.between(0, 9);
  const headers = { ...JSON_TYPE, 'content-encoding': encoding };
  if (kind < 6) return { body: bytes, headers, isWhole: true };
  if (kind < 8) return { body: bytes.subarray(0, random.between(0, bytes.length - 1)), headers, isWhole: false };
  if (kind < 9) return { body, headers, isWhole: false };
  const name = random.pick(['x-zip', 'GZIP', 'gzip, br', 'identity', '', '__proto__', 'zstd']);
  return { body, headers: { ...headers, 'content-encoding': name }, isWhole: false };
}

/** Bytes that are not what they were. */
function damaged(random: Random, body: Buffer): Buffer {
  const at = random.between(0, body.length);
  const [before, after] = [body.subarray(0, at), body.subarray(at)];
  const withBytes = (bytes: Buffer) => Buffer.concat([before, bytes, after]);
  switch (random.between(0, 6)) {
    case 0:
      return before;
    case 1:
      return withBytes(Buffer.from([0xff, 0xfe]));
    case 2:
      return withBytes(Buffer.from([0xed, 0xa0, 0x80]));
    case 3:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
    case 4:
      return withBytes(Buffer.from(random.pick(['}', ']', ',', '"', '{', '[', '\\', '\u0000', '/**/'])));
    case 5:
      return Buffer.from(body.toString(), 'utf16le');
    default:
      return Buffer.concat([body, body.subarray(0, random.between(1, 40))]);
  }
}

export function inTransport(random: Random, text: string): Sent {
  const body = Buffer.from(text);
  const kind = random.between(0, 99);
  if (kind < 82) return { body, headers: JSON_TYPE, isWhole: true };
  if (kind < 86) return packed(random, body);
  if (kind < 90)
    return {
      body,
      headers: JSON_TYPE,
      pieceBytes: Math.max(random.pick([1, 7, 64, 1_000]), body.length >> 7),
      isWhole: true,
    };
  if (kind < 92) return { body, headers: { 'content-type': random.pick(FINE_TYPES) }, isWhole: true };
  if (kind < 94) return { body, headers: { 'content-type': random.pick(ODD_TYPES) }, isWhole: false };
  if (kind < 99) return { body: damaged(random, body), headers: JSON_TYPE, isWhole: false };
  return { headers: happens(random, 50) ? JSON_TYPE : {}, isWhole: false };
}
