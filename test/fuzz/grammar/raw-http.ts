/** What is no HTTP, or hardly: written to a connection as it is. */
import { happens } from '../../property/seeded-random.ts';
import type { Random } from '../../support/random.ts';
import type { Scene } from './scene.ts';

/** Heads, after the request line, with a body behind them. */
function heads(random: Random, body: string): readonly string[] {
  const length = Buffer.byteLength(body);
  return [
    `content-length: ${length + random.between(1, 50)}\r\n\r\n${body}`,
    `content-length: ${Math.max(0, length - 1)}\r\n\r\n${body}`,
    `content-length: -1\r\n\r\n${body}`,
    `content-length: 9${'9'.repeat(30)}\r\n\r\n${body}`,
    `content-length: x\r\n\r\n${body}`,
    `content-length: ${length}\r\ncontent-length: 1\r\n\r\n${body}`,
    `content-length: ${length}\r\ntransfer-encoding: chunked\r\n\r\n${body}`,
    `transfer-encoding: chunked\r\n\r\n${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    `transfer-encoding: chunked\r\n\r\n${length.toString(16)}\r\n${body}`,
    `transfer-encoding: chunked\r\n\r\nzz\r\n${body}\r\n0\r\n\r\n`,
    `transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n${body}`,
    `transfer-encoding: gzip, chunked\r\n\r\n${body}`,
    `transfer-encoding: x\r\n\r\n${body}`,
    `expect: 100-continue\r\ncontent-length: ${length}\r\n\r\n${body}`,
    `upgrade: websocket\r\nconnection: upgrade\r\n\r\n`,
    `x-a: b\r\n folded: c\r\n\r\n`,
    `x a: b\r\n\r\n`,
    `: b\r\n\r\n`,
    `x-a: \u0000\u0001\r\n\r\n`,
    `x-a: ${'y'.repeat(20_000)}\r\n\r\n`,
    `${'x-a: b\r\n'.repeat(2_500)}\r\n`,
    '\n\n',
    '',
    `content-length: ${length}\r\n\r\n${body}${body}`,
  ];
}

const lines = (path: string): readonly string[] => [
  `GET ${path} HTTP/1.1`,
  `POST ${path} HTTP/1.1`,
  `PUT ${path} HTTP/1.1`,
  `POST ${path} HTTP/1.0`,
  `GET ${path} HTTP/9.9`,
  `GET ${path}`,
  `get ${path} HTTP/1.1`,
  `FROB ${path} HTTP/1.1`,
  `CONNECT ${path} HTTP/1.1`,
  `GET  ${path}  HTTP/1.1`,
  `GET ${path}\u0000 HTTP/1.1`,
  `GET ${path}\u00e9 HTTP/1.1`,
  `GET http://elsewhere.example${path} HTTP/1.1`,
  `GET * HTTP/1.1`,
  `GET ${path}#part?x HTTP/1.1`,
  `GET ${path.replaceAll('/', '\\')} HTTP/1.1`,
  `GET ${path}?${'x'.repeat(20_000)} HTTP/1.1`,
  '\u0016\u0003\u0001',
  '',
];

/** `path`: of something that is served. */
export function rawBytes({ random, person }: Scene, path: string, body: string): Buffer {
  const who = happens(random, 80) ? `authorization: Bearer ${person.login.accessToken}\r\n` : '';
  const host = happens(random, 90) ? 'host: x\r\n' : '';
  const head = `${random.pick(lines(path))}\r\n${host}${who}content-type: application/json\r\nconnection: close\r\n`;
  const text = `${head}${random.pick(heads(random, body))}`;
  return Buffer.from(happens(random, 10) ? text.slice(0, random.between(0, text.length)) : text, 'latin1');
}
