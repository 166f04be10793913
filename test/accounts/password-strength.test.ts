import { describe, expect, it } from 'vitest';
import { PasswordStrength } from '../../server/accounts/password-strength.ts';
import { readDocument } from '../support/documents.ts';
import { ADMIN_PASSWORD } from '../support/environment.ts';
import { PASSWORD as NETWORK_PASSWORD } from '../support/network.ts';

const strength = new PasswordStrength({ clinicNames: async () => ['Zephyrhills Wolverine Hospital'] });
const owner = { username: 'quarkbert', name: 'Xaverine Öztürkoğlu', clinicIds: ['zephyr'] };
const messageOf = async (password: string) => (await strength.faultsOf('password', password, owner))[0]?.message;

describe('a new password', () => {
  it.each([
    'correct horse battery',
    'seven quiet otters',
    'constructor toString',
    '__proto__ hasOwnProperty',
    'kQ7#vd0!pLzt',
    'ünïcödé wörds häppen',
    '七匹の静かなカワウソ',
    NETWORK_PASSWORD,
    ADMIN_PASSWORD,
  ])('is taken where it is hard to guess: %s', async (password) => {
    expect(await messageOf(password)).toBeUndefined();
  });

  it.each([
    ['password12', /commonly used password\. Add more words/],
    ['qwertyuiop', /used password/],
    ['1234567890', /used password/],
    ['aaaaaaaaaaaaaaaaaaaa', /Repeated/],
    ['P@ssw0rd!!', /easy to guess/],
    ['ｐａｓｓｗｏｒｄ１２', /commonly used password/],
  ])('is refused in the words of the library where it is easy: %s', async (password, message) => {
    expect(await messageOf(password)).toMatch(message);
    expect(await messageOf(password)).toMatch(/^is too easy to guess\. /);
  });

  it.each([
    'quarkbert1',
    'Quarkbert!',
    'xaverine2024',
    'öztürkoğlu1',
    'xaverineöztürkoğlu',
    'zephyrhills',
    'ZephyrhillsWolverineHospital',
    'vitasync2026',
  ])('is refused where it is what others know: %s', async (password) => {
    expect(await messageOf(password)).toMatch(/easy to guess/);
  });

  it('is judged with what is known of its owner, not of others', async () => {
    const other = { username: 'nina', name: 'Nina', clinicIds: [] };
    const elsewhere = new PasswordStrength({ clinicNames: async () => [] });
    expect(await elsewhere.faultsOf('password', 'xaverineöztürkoğlu', other)).toEqual([]);
    expect(await messageOf('xaverineöztürkoğlu')).toBeDefined();
  });

  it('takes less than a second of the processor, however long and odd it is', async () => {
    await messageOf('warm up');
    const longest = 256;
    const odd = ['4@8({€3', 'pa55w0rd', 'Pa$$w0rd1!', '20240101', '1', 'ab1!', '\u{1f600}', 'quarkbert', '٣٤٥'];
    for (const part of odd) {
      const before = process.cpuUsage();
      await messageOf(part.repeat(longest).slice(0, longest));
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1_000, part).toBeLessThan(1_000);
    }
  });

  it.each(['README.md', 'server/api/README.md', 'server/tablet/README.md'])(
    'of every example in %s is good enough',
    async (file) => {
      const { text } = await readDocument(file);
      const examples = [...text.matchAll(/\\?"?password\\?"?: ?\\?["']([^"'\\]+)\\?["']/g)].map(([, password]) =>
        String(password),
      );
      const chosen = examples.filter((password) => !/^[A-Z-]+$/.test(password) && !password.startsWith('$'));
      expect(chosen.length).toBeGreaterThan(0);
      const known = { username: 'nora', name: 'Nora', clinicIds: ['north'] };
      for (const password of chosen) expect(await strength.faultsOf('password', password, known), password).toEqual([]);
    },
  );
});
