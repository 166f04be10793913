/** Bodies that no route takes, whatever it is for. */
import { gzipSync } from 'node:zlib';

export interface BadBody {
  readonly name: string;
  readonly body: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const json = (name: string, body: Buffer | string): BadBody => ({ name, body, headers: JSON_TYPE });
const nested = (open: string, close: string, levels: number): string =>
  `${open.repeat(levels)}1${close.repeat(levels)}`;

const NOT_JSON: readonly BadBody[] = [
  json('truncated', '{"name":'),
  json('a text that does not end', '{"name":"'),
  json('a comma too many', '{"name":"x",}'),
  json('single quotes', "{'name':'x'}"),
  json('a comment', '{"name":"x"} // x'),
  json('two values', '{}{}'),
  json('NaN', '{"name":NaN}'),
  json('Infinity', '{"name":-Infinity}'),
  json('a control character in a text', '{"name":"a\u0000b"}'),
  json('an escape that there is not', '{"name":"\\x41"}'),
  json('white space only', ' \n'),
  json('two byte order marks', '\ufeff\ufeff{}'),
  json('form data', 'name=x&type=record'),
];

const NOT_AN_OBJECT: readonly BadBody[] = ['null', 'true', '0', '-1e5', '"text"', '[]', '[{}]', '[[]]'].map((body) =>
  json(`the value ${body}`, body),
);

const DEEP: readonly BadBody[] = [
  json('arrays, 10,000 deep', nested('[', ']', 10_000)),
  json('objects, 10,000 deep', nested('{"a":', '}', 10_000)),
  json('a field, 10,000 arrays deep', `{"notes":${nested('[', ']', 10_000)}}`),
  json('a field, 5,000 objects deep', `{"notes":${nested('{"a":', '}', 5_000)}}`),
  json('a field, 200 deep', `{"emergencyContact":${nested('{"name":', '}', 200)}}`),
];

const PROTOTYPES: readonly BadBody[] = [
  json('__proto__', '{"__proto__":{"role":"admin","type":"record"}}'),
  json('__proto__ that is null', '{"__proto__":null}'),
  json('__proto__ that is escaped', '{"__pr\\u006fto__":{"polluted":true}}'),
  json('__proto__ in a field', '{"emergencyContact":{"__proto__":{"name":"x"}}}'),
  json('__proto__ in a list', '{"lines":[{"drugName":"x","__proto__":{"polluted":true}}]}'),
  json('constructor', '{"constructor":{"prototype":{"polluted":true}}}'),
  json('prototype', '{"prototype":{"polluted":true}}'),
  json('toString', '{"toString":"x","hasOwnProperty":1,"valueOf":null}'),
];

const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const BAD_TEXT: readonly BadBody[] = [
  json('a byte that is not UTF-8', bytes('{"name":"', [0xff], '"}')),
  json('an overlong NUL', bytes('{"name":"', [0xc0, 0x80], '"}')),
  json('a surrogate as UTF-8', bytes('{"name":"', [0xed, 0xa0, 0x80], '"}')),
  json('half a character', bytes('{"name":"', [0xe2, 0x82], '"}')),
  json('Latin-1', Buffer.from('{"name":"Zoë"}', 'latin1')),
  json('a key that is not UTF-8', bytes('{"', [0xfe, 0xff], '":1}')),
  json('UTF-16 that does not say so', Buffer.from('\ufeff{"name":"x"}', 'utf16le')),
  json('half a surrogate pair', '{"name":"\\ud800","diagnosis":"\\udc00","notes":"\\ud800x"}'),
  json('half a surrogate pair in a key', '{"\\ud800":1}'),
];

const typed = (type: string, body: Buffer | string = '{}'): BadBody => ({
  name: `content-type ${type}`,
  body,
  headers: { 'content-type': type },
});
const OTHER_TYPES: readonly BadBody[] = [
  { name: 'no content-type', body: '{"name":"x"}' },
  typed('text/plain'),
  typed('text/json'),
  typed('json'),
  typed('application/xml', '<a/>'),
  typed('application/x-www-form-urlencoded', 'name=x'),
  typed('multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="name"\r\n\r\nx\r\n--x--\r\n'),
  typed('application/octet-stream'),
  typed('application/vnd.api+json'),
  typed('application/json-patch+json', '[{"op":"remove","path":"/name"}]'),
  typed('application/json/x'),
  typed('application/json; charset=klingon'),
  typed('application/json; charset=iso-8859-1'),
  typed('application/json; charset=utf-7'),
  typed('application/json; charset=utf-16', Buffer.from('{"name":"x"}', 'utf16le')),
  typed('application/json; charset=utf-16le', Buffer.from('{}', 'utf16le')),
];

const encoded = (name: string, encoding: string, body: Buffer | string): BadBody => ({
  name,
  body,
  headers: { ...JSON_TYPE, 'content-encoding': encoding },
});
const BOMB_BYTES = 20 * 1_048_576;
const bomb = gzipSync(Buffer.concat([Buffer.from('{"notes":"'), Buffer.alloc(BOMB_BYTES, 'x'), Buffer.from('"}')]));
const zipped = gzipSync('{"name":"x"}');
const ENCODED: readonly BadBody[] = [
  encoded('a gzip bomb', 'gzip', bomb),
  encoded('gzip that is none', 'gzip', '{"name":"x"}'),
  encoded('gzip that ends too early', 'gzip', zipped.subarray(0, zipped.length - 12)),
  encoded('gzip with a wrong checksum', 'gzip', Buffer.concat([zipped.subarray(0, -8), Buffer.alloc(8)])),
  encoded('gzip with a broken middle', 'gzip', Buffer.concat([zipped.subarray(0, 12), Buffer.alloc(8, 0xee)])),
  encoded('deflate that is none', 'deflate', 'xx'),
  encoded('brotli that is none', 'br', 'xx'),
  encoded('an encoding that there is not', 'zip', '{}'),
  encoded('gzip in gzip', 'gzip, gzip', gzipSync(zipped)),
];

/** `limitBytes`: more than any route takes. */
const large = (limitBytes: number): readonly BadBody[] => [
  json('a byte more than is taken', `{"notes":"${'x'.repeat(limitBytes + 1 - '{"notes":""}'.length)}"}`),
  json('100,000 keys', `{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join()}}`),
  json('white space before it', `${' '.repeat(limitBytes)}{}`),
];

export const badBodies = (limitBytes: number): readonly BadBody[] => [
  ...NOT_JSON,
  ...NOT_AN_OBJECT,
  ...DEEP,
  ...PROTOTYPES,
  ...BAD_TEXT,
  ...OTHER_TYPES,
  ...ENCODED,
  ...large(limitBytes),
];

/** Those that a client of the sync routes could send, where single documents are refused and not whole requests. */
export const badDocuments: readonly BadBody[] = [...DEEP, ...PROTOTYPES, ...BAD_TEXT];
