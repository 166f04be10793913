/** Headers that name no revision, no key and no length. */
import { PATH_OF, TYPES } from '../access-matrix/situations.ts';
import type { Group, Requests } from './requests.ts';
import type { Malformed } from './stage.ts';

const TAGS = ['', '""', '"', 'x', '"x"', 'W/"1-x"', '"1-0",', ', ,', '"__proto__"', '\u00ff', `"${'x'.repeat(5_000)}"`];
const KEYS = ['', 'x'.repeat(256), '\u00e9', '\t', 'a\tb'];

const ifMatch = (requests: Requests): Malformed[] =>
  TYPES.flatMap((type) => {
    const { _rev, ...rest } = requests.stage.documents[type];
    const path = requests.pathOf(type);
    return [...TAGS, '"*"x'].flatMap((tag) => {
      const headers = { 'if-match': tag };
      const name = `if-match ${tag.slice(0, 30)}`;
      return [
        requests.of(name, 'PUT', path, rest, headers),
        requests.of(name, 'PATCH', path, {}, headers),
        requests.of(name, 'DELETE', path, undefined, headers),
      ];
    });
  });

const idempotencyKeys = (requests: Requests): Malformed[] =>
  TYPES.flatMap((type) =>
    KEYS.map((key) =>
      requests.of(JSON.stringify(key).slice(0, 30), 'POST', PATH_OF[type], requests.content(type), {
        'idempotency-key': key,
      }),
    ),
  );

export const headerGroups: readonly Group[] = [
  { name: 'by which a document is changed name its revision', make: ifMatch },
  { name: 'by which a document is added once are plain text', make: idempotencyKeys },
];

/** Whole requests as bytes, whose length is not what they say. */
export function wronglyMeasured(requests: Requests): Record<string, string> {
  const body = JSON.stringify(requests.content('drug'));
  const head = (...lines: readonly string[]) =>
    [
      `POST ${PATH_OF.drug} HTTP/1.1`,
      'host: localhost',
      `authorization: ${requests.bearer().authorization}`,
      'content-type: application/json',
      ...lines,
      '',
      body,
    ].join('\r\n');
  const lengths = [body.length - 5, body.length + 5, 10 ** 12, -1, 'x', '1, 2', '0x10'];
  return {
    ...Object.fromEntries(lengths.map((length) => [`content-length ${length}`, head(`content-length: ${length}`)])),
    'content-length and chunks': head(`content-length: ${body.length}`, 'transfer-encoding: chunked'),
    'two content-lengths': head(`content-length: ${body.length}`, `content-length: ${body.length - 5}`),
    'chunks that are none': head('transfer-encoding: chunked'),
  };
}
