/**
 * Who may do what over REST: every endpoint for every role, expected from the words of test/fixtures/access.md alone. A
 * case that fails says that the code and the table disagree; which of them is wrong is for people to decide.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENT_TYPES } from '../../shared-schemas/document-types.ts';
import { newPatientId } from '../../shared-schemas/ids.ts';
import { readAccessWords, readCell } from './access-matrix/access-words.ts';
import { administratorCases, ownAccountCases } from './access-matrix/account-cases.ts';
import { CALLER_NAMES, CALLERS, type CallerName, documentCases, named } from './access-matrix/cases.ts';
import { runDocumentCase } from './access-matrix/checks.ts';
import { creationCases, newBody } from './access-matrix/creation-cases.ts';
import { ACTIONS, ENDPOINTS, OPEN_ENDPOINTS, pathOf, STREAMS } from './access-matrix/endpoints.ts';
import { Expectation, type Expected, type Operation } from './access-matrix/expectation.ts';
import { listCases } from './access-matrix/list-cases.ts';
import { Matrix } from './access-matrix/matrix.ts';
import { sentenceCases } from './access-matrix/sentence-cases.ts';
import { CONTENT, newId, PATH_OF, TYPES, type TypeName } from './access-matrix/situations.ts';
import { openStage, type Stage, type Stranger } from './access-matrix/stage.ts';
import { visitCases } from './access-matrix/visit-cases.ts';

const words = readAccessWords();
const expectation = new Expectation(words);
const documents = documentCases(expectation, words);
let stage: Stage;
const matrix = new Matrix({ words, expectation, stage: () => stage });

beforeAll(async () => {
  stage = await openStage(documents);
});
afterAll(() => stage?.server.close());

describe('the words of the table', () => {
  it('are about the document types, and the accounts', () => {
    expect([...words.keys()].slice(0, -1)).toEqual(TYPES);
    expect([...words.keys()].at(-1)).toMatch(/^accounts, devices, /);
  });

  it.each([
    'read sometimes',
    'read; write',
    'update, delete own 48 h',
    'read unless `secret`',
    'same as nurse',
    'everything',
    '',
  ])('are known, which "%s" is not', (cell) => expect(() => readCell(cell, [])).toThrow('not known'));
});

describe('a document', () => {
  for (const one of documents) matrix.case(one.name, () => runDocumentCase(one, stage, expectation));
});

describe('a document that nobody has', () => {
  const operationsOn = (type: TypeName): Operation[] => {
    const actions = Object.entries(ACTIONS).filter(([, of]) => of === type);
    return ['GET', 'PUT', 'PATCH', 'DELETE', ...actions.map(([action]) => action as Operation)];
  };
  const request = (caller: CallerName, operation: Operation, type: TypeName) => {
    const path = `${PATH_OF[type]}/${newId(type, newPatientId(), 'nowhere')}`;
    if (operation in ACTIONS) return matrix.send(caller, 'POST', `${path}/${operation}`, {});
    if (operation === 'GET' || operation === 'DELETE') return matrix.send(caller, operation, path);
    return matrix.send(caller, operation, path, { ...CONTENT[type], _rev: `1-${'0'.repeat(32)}` });
  };
  for (const caller of CALLER_NAMES) {
    for (const type of TYPES) {
      for (const operation of operationsOn(type)) {
        const expected = expectation.ofUnknown(CALLERS[caller], operation, type);
        matrix.case(named([caller, operation, type], expected), () =>
          matrix.expect(() => request(caller, operation, type), expected),
        );
      }
    }
  }
});

describe('a new document', () => {
  for (const [n, one] of creationCases(expectation).entries()) {
    matrix.case(one.name, async () => {
      const { body, path } = newBody(one, n, stage);
      await matrix.expect(() => matrix.send(one.caller, 'POST', PATH_OF[one.type], body), one.expected);
      const { status } = await matrix.send('admin', 'GET', path);
      expect(status).toBe(one.expected.status === 201 ? 200 : 404);
    });
  }
});

describe('a list', () => listCases(matrix));
describe('a visit', () => visitCases(matrix));
describe('what follows from the sentences below the table', () => sentenceCases(matrix));
describe('accounts, the audit log, and erasure', () => administratorCases(matrix));
describe('the own account', () => ownAccountCases(matrix));

describe('who is not signed in', () => {
  const STRANGERS: Readonly<Record<Stranger, Expected>> = {
    anonymous: { status: 401, code: 'unauthorized' },
    'with a forged token': { status: 401, code: 'unauthorized' },
    'with an expired token': { status: 401, code: 'token_expired' },
    'logged out': { status: 401, code: 'unauthorized' },
  };
  for (const [stranger, expected] of Object.entries(STRANGERS)) {
    for (const endpoint of ENDPOINTS) {
      const { method, template, body } = endpoint;
      matrix.case(named([stranger, `${method} ${template}`], expected), () => {
        const client = stage.strangers[stranger as Stranger];
        return matrix.expect(() => client.request(method, pathOf(endpoint, stage), body), expected);
      });
    }
  }
});

describe('the matrix', () => {
  it('has a row for every document type', () => {
    expect([...TYPES].sort()).toEqual([...DOCUMENT_TYPES].sort());
    expect(DOCUMENT_TYPES.filter((type) => !words.has(type))).toEqual([]);
  });

  it('asks for every endpoint that the server describes', async () => {
    const response = await fetch(`${stage.server.url}/api/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const asked = [...ENDPOINTS.map(({ method, template }) => `${method} ${template}`), ...OPEN_ENDPOINTS, ...STREAMS];
    expect(described.sort()).toEqual(asked.sort());
  });

  it('has more than 500 cases', () => {
    process.stdout.write(`access matrix: ${matrix.count} cases\n`);
    expect(matrix.count).toBeGreaterThan(500);
  });
});
