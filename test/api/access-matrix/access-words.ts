/** The table of test/fixtures/access.md, read word by word: each cell as what it grants. A word that is not known throws. */
import { readFileSync } from 'node:fs';

export const ROLES = ['admin', 'doctor', 'nurse', 'pharmacist', 'patient'] as const;
export type RoleName = (typeof ROLES)[number];

const VERBS = ['read', 'create', 'update', 'delete', 'cancel', 'perform', 'fill', 'un-fill'] as const;
/** Those of the last row, which is not about documents. */
const ACCOUNT_VERBS = ['change password', 'own devices'] as const;
export type Verb = (typeof VERBS)[number] | (typeof ACCOUNT_VERBS)[number];

export const CONDITIONS = [
  'own',
  '24 h',
  'while not filled',
  'while not performed',
  'while in the future',
  'unless confidential',
] as const;
export type Condition = (typeof CONDITIONS)[number];

/** One thing that a role may do with documents of a type. */
export interface Grant {
  readonly verb: Verb;
  /** All of them must hold. */
  readonly conditions: readonly Condition[];
  /** Only these fields; all where it is absent. */
  readonly only?: readonly string[];
  /** All fields but these. */
  readonly without?: readonly string[];
}

export type AccessWords = ReadonlyMap<string, Readonly<Record<RoleName, readonly Grant[]>>>;

/** The bullet names the public fields in words, and what contact fields are follows from their names. */
const CONTACT_FIELDS = ['workPhone', 'privatePhone', 'privateEmail'];
const FIELD_OF_WORDS: Readonly<Record<string, string>> = {
  name: 'name',
  role: 'role',
  speciality: 'speciality',
  'work phone': 'workPhone',
  clinics: 'clinicIds',
};

export function readAccessWords(): AccessWords {
  const text = readFileSync(new URL('../../fixtures/access.md', import.meta.url), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.slice(1, -1).split('|'))
    .map((cells) => cells.map((cell) => cell.trim()));
  const [header, line, ...body] = rows;
  if (header?.join() !== ['type', ...ROLES].join() || !line?.every((cell) => cell === '---'))
    throw new Error('the table of access.md does not have the columns that are known');
  const publicFields = publicFieldsOf(text);
  return new Map(body.map((cells) => [String(cells[0]), readRow(cells.slice(1), publicFields)]));
}

function publicFieldsOf(text: string): string[] {
  const words = /Public fields of staff: ([^.]+)\./.exec(text)?.[1]?.split(', ') ?? [];
  return words.map((name) => FIELD_OF_WORDS[name] ?? unknownWords(name));
}

/** `same` is what stands to the left; fields that one cell of the row lists for an action are those of the others. */
function readRow(cells: readonly string[], publicFields: readonly string[]): Record<RoleName, readonly Grant[]> {
  const whole: string[] = [];
  for (const cell of cells) {
    const doctor = whole[ROLES.indexOf('doctor')];
    whole.push((cell === 'same' ? whole.at(-1) : cell === 'same as doctor' ? doctor : cell) ?? unknownWords(cell));
  }
  const grants = whole.map((cell) => readCell(cell, publicFields));
  const performed = grants.flat().find(({ verb, only }) => verb === 'perform' && only)?.only;
  const complete = (grant: Grant): Grant =>
    grant.verb === 'perform' && performed ? { only: performed, ...grant } : grant;
  const of = (role: RoleName) => (grants[ROLES.indexOf(role)] ?? []).map(complete);
  return {
    admin: of('admin'),
    doctor: of('doctor'),
    nurse: of('nurse'),
    pharmacist: of('pharmacist'),
    patient: of('patient'),
  };
}

export function readCell(cell: string, publicFields: readonly string[]): Grant[] {
  if (cell === 'none') return [];
  if (cell === '') return unknownWords(cell);
  if (cell === 'all') return VERBS.map((verb) => ({ verb, conditions: [] }));
  return cell.split(/; */).flatMap((clause) => readClause(clause, publicFields));
}

type Draft = { verb: Verb; conditions: Condition[]; only?: readonly string[]; without?: readonly string[] };

const FIELD_LIST = '`\\w+`(?:(?:, | and )`\\w+`)*';
const namesIn = (list: string): string[] => [...list.matchAll(/`(\w+)`/g)].map(([, name]) => String(name));

/**
 * `read, create`: each word is granted. `update, delete own 24 h`: what has no words of its own shares those that follow.
 * `own: …`: all of it on one's own.
 */
function readClause(clause: string, publicFields: readonly string[]): Grant[] {
  const prefix = /^own(?: account)?: /.exec(clause)?.[0] ?? '';
  const drafts: Draft[] = [];
  const qualified = new Set<Draft>();
  let rest = clause.slice(prefix.length);
  const take = (pattern: string): string | undefined => {
    const [found] = new RegExp(`^(?:${pattern})(?![\\w-])`).exec(rest) ?? [];
    if (found !== undefined) rest = rest.slice(found.length).replace(/^,? */, '');
    return found;
  };
  while (rest !== '') {
    const verb = take([...VERBS, ...ACCOUNT_VERBS].join('|')) as Verb | undefined;
    if (verb) {
      drafts.push({ verb, conditions: [] });
      continue;
    }
    const last = drafts.at(-1) ?? unknownWords(clause);
    qualify(last, drafts, take, publicFields, clause);
    qualified.add(last);
  }
  for (const [n, draft] of drafts.entries()) {
    const next = drafts.slice(n + 1).find((other) => qualified.has(other));
    if (!qualified.has(draft) && next) draft.conditions.push(...next.conditions);
  }
  return drafts.map((draft) => (prefix ? { ...draft, conditions: ['own', ...draft.conditions] } : draft));
}

function qualify(
  last: Draft,
  drafts: Draft[],
  take: (pattern: string) => string | undefined,
  publicFields: readonly string[],
  clause: string,
): void {
  const condition = take(CONDITIONS.filter((one) => !one.startsWith('unless')).join('|'));
  if (condition) {
    last.conditions.push(condition as Condition);
    return;
  }
  const unless = take('unless `\\w+`');
  if (unless) {
    const known = CONDITIONS.find((one) => one === unless.replaceAll('`', ''));
    last.conditions.push(known ?? unknownWords(clause));
    return;
  }
  const without = take(`without ${FIELD_LIST}`);
  if (without) {
    last.without = namesIn(without);
    return;
  }
  const only = take(FIELD_LIST) ?? take(`\\(${FIELD_LIST}\\)`);
  if (only) {
    last.only = namesIn(only);
    return;
  }
  if (take('\\(fill and un-fill\\)')) {
    for (const verb of ['fill', 'un-fill'] as const) drafts.push({ ...last, verb });
    return;
  }
  const words = take('public fields|contact fields|all') ?? unknownWords(clause);
  if (words === 'public fields') last.only = publicFields;
  if (words === 'contact fields') last.only = CONTACT_FIELDS;
}

function unknownWords(words: string): never {
  throw new Error(`access.md has words that are not known: "${words}"`);
}
