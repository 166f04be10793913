/** Connections that bring nothing. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Lifecycle } from '../../server/lib/lifecycle.ts';
import { listen } from '../../server/lib/listen.ts';
import { createLogger } from '../../server/lib/logger.ts';
import { RawConnection } from '../support/raw-connection.ts';

const lifecycle = () => new Lifecycle(createLogger({ level: 'silent', pretty: false }));
let own: Lifecycle;
let url: string;

beforeEach(async () => {
  own = lifecycle();
  const port = await listen(
    (request, response) => {
      if (request.url === '/read') request.on('data', () => {}).on('end', () => response.end('read'));
      // Never reads, as a server that is busy with something else.
    },
    { host: '127.0.0.1', port: 0, lifecycle: own, stalledMs: 300 },
  );
  url = `http://127.0.0.1:${port}`;
});
afterEach(() => own.stop({ deadlineMs: 200 }));

const POST = (path: string, bytes: number) => [`POST ${path} HTTP/1.1`, 'Host: x', `Content-Length: ${bytes}`, '', ''];

it('a body that does not go on is ended, and so is a connection without a request', async () => {
  const [half, silent] = [await RawConnection.to(url), await RawConnection.to(url)];
  half.send(...POST('/read', 100), '{"docs":[');
  await Promise.all([half.ended, silent.ended]);
  expect(half.received()).toBe('');
});

it('a body that goes on, and one that the server does not read, are waited for', async () => {
  const [slow, unread] = [await RawConnection.to(url), await RawConnection.to(url)];
  let ended = false;
  void unread.ended.then(() => {
    ended = true;
  });
  unread.send(...POST('/unread', 100_000), 'x'.repeat(50_000));
  slow.send(...POST('/read', 10_000));
  for (let n = 0; n < 10; n++) {
    slow.send('x'.repeat(1_000));
    // Longer in all than what is waited for.
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
  expect(slow.received()).toContain('read');
  expect(ended).toBe(false);
});
