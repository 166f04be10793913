/** Where a request goes, and who it says that it is from. */
import jwt from 'jsonwebtoken';
import { DOCUMENT_TYPES, type DocumentType, isReferenceType } from '../../../shared-schemas/document-types.ts';
import { happens, some } from '../../property/seeded-random.ts';
import type { Random } from '../../support/random.ts';
import { JWT_SECRET } from '../fuzz-server.ts';
import type { Scene } from './scene.ts';
import { anyText } from './texts.ts';

export interface Address {
  /** Of the database, or of one type in it. */
  readonly path: string;
  readonly isTyped: boolean;
  readonly isReference: boolean;
  /** The person's own, with types that it has: a good row would be stored there. */
  readonly isOwn: boolean;
}

const ODD_DATABASES = [
  'reference',
  'nurse-north',
  'doctor-south',
  'pharmacist-east',
  'patient-x',
  'vitasync',
  '_users',
  '_replicator',
  '_session',
  '..',
  '%2e%2e',
  '%00',
  '%',
  'Doctor-North',
  'constructor',
  '',
] as const;

/** Of a row of any type, on a route of one: what stands there is of another type mostly. */
export function anyAddress({ random, person }: Scene, typedPercent: number): Address {
  const { databases } = person.login;
  const isReference = databases.length < 2 || happens(random, 12);
  const own = databases[isReference ? databases.length - 1 : 0]?.name ?? 'reference';
  const isOdd = happens(random, 5);
  const name = isOdd ? oddDatabase(random) : own;
  if (!happens(random, typedPercent)) return { path: `/sync/${name}`, isTyped: false, isReference, isOwn: !isOdd };
  const types = DOCUMENT_TYPES.filter((type) => isReferenceType(type) === isReference);
  const isOddType = happens(random, 5);
  const type: string = isOddType
    ? random.pick([...DOCUMENT_TYPES, '__proto__', 'Record', 'account'])
    : random.pick<DocumentType>(types);
  return { path: `/sync/${name}/${type}`, isTyped: true, isReference, isOwn: !isOdd && !isOddType };
}

const oddDatabase = (random: Random): string =>
  happens(random, 80) ? random.pick(ODD_DATABASES) : encodeURIComponent(anyText(random).slice(0, 300).toWellFormed());

/** A token that is none any more, never was one, or is another's, who may not sync this database. */
function badAuthorization({ random, lane, person }: Scene): Readonly<Record<string, string>> {
  const { principal, accessToken, refreshToken } = person.login;
  const claims = { sid: 's', iss: 'vitasync', aud: 'vitasync-api', sub: principal.userId };
  const seconds = Math.floor(Date.now() / 1_000);
  const others = lane.people.filter(({ name }) => name !== person.name && name !== 'admin');
  const tokens = [
    random.pick(others).login.accessToken,
    lane.endedToken,
    `${accessToken}x`,
    accessToken.slice(0, -3),
    refreshToken,
    jwt.sign({ ...claims, exp: seconds - 60 }, JWT_SECRET),
    jwt.sign({ ...claims, exp: seconds + 60 }, JWT_SECRET),
    jwt.sign({ ...claims, exp: seconds + 60 }, 'another secret, which is not the one of the server'),
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`,
  ];
  return random.pick<Readonly<Record<string, string>>>([
    {},
    { authorization: '' },
    { authorization: 'Bearer' },
    { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` },
    { authorization: accessToken },
    { cookie: `vitasync=${accessToken}` },
    ...tokens.map((token) => ({ authorization: `Bearer ${token}` })),
  ]);
}

const ODD_HEADERS: Readonly<Record<string, readonly string[]>> = {
  accept: ['text/html', '*/*;q=x', 'multipart/mixed', ''],
  'accept-encoding': ['gzip', 'br;q=9', ''],
  'if-match': ['"1-a"', '*', 'x', ''],
  'if-none-match': ['*', '"x"'],
  range: ['bytes=0-5', 'bytes=9-1'],
  'x-http-method-override': ['DELETE'],
  'x-forwarded-for': ['::1', '1.2.3.4, x'],
  'x-couch-full-commit': ['true'],
  origin: ['null', 'https://elsewhere.example'],
  'user-agent': ['', 'x'.repeat(4_000)],
  cookie: ['a=b; a=c', '__proto__=1', '%'],
  'last-event-id': ['5'],
  expect: ['x'],
};

export interface Headers {
  readonly headers: Readonly<Record<string, string>>;
  readonly isAuthorized: boolean;
}

export function anyHeaders(scene: Scene): Headers {
  const { random, person } = scene;
  const isAuthorized = !happens(random, 3);
  const own = { authorization: `Bearer ${person.login.accessToken}` };
  const who = isAuthorized ? own : badAuthorization(scene);
  const names = happens(random, 8) ? some(random, Object.keys(ODD_HEADERS), random.between(1, 3)) : [];
  const odd = names.map((name) => [name, random.pick(ODD_HEADERS[name] ?? [''])] as const);
  return { headers: { ...Object.fromEntries(odd), ...who }, isAuthorized };
}

/** A query of some of these, each perhaps twice. */
export function queryOf(random: Random, params: readonly (readonly [name: string, value: string])[]): string {
  if (params.length === 0) return '';
  const twice = happens(random, 2) ? [random.pick(params)] : [];
  const parts = [...params, ...twice].map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`);
  const odd = happens(random, 2)
    ? [random.pick(['&', 'x', '=', '__proto__=1', 'a[b]=c', '%', 'rev=%zz', 'feed[]=longpoll'])]
    : [];
  return `?${[...parts, ...odd].join('&')}`;
}
