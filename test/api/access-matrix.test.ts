/**
 * Who may do what over REST: every endpoint for every role, expected from the words of test/fixtures/access.md alone. A
 * case that fails says that the code and the table disagree; which of them is wrong is for people to decide.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPatientId, newUlid } from '../../shared-schemas/ids.ts';
import { PASSWORD } from '../support/network.ts';
import { ROLES, type RoleName, readAccessWords, readCell } from './access-matrix/access-words.ts';
import { CALLER_NAMES, CALLERS, type CallerName, documentCases, named } from './access-matrix/cases.ts';
import { allItems, type Document, expectAnswer, runDocumentCase } from './access-matrix/checks.ts';
import { creationCases, newBody } from './access-matrix/creation-cases.ts';
import {
  ACTIONS,
  ADMIN_ENDPOINTS,
  ENDPOINTS,
  type Endpoint,
  listOfPatient,
  OPEN_ENDPOINTS,
  PATIENT_LISTS,
  pathOf,
} from './access-matrix/endpoints.ts';
import { Expectation, type Expected, NEVER, type Operation, UNSEEN } from './access-matrix/expectation.ts';
import {
  CONTENT,
  isPatientBound,
  newId,
  PATH_OF,
  type Situation,
  TYPES,
  type TypeName,
} from './access-matrix/situations.ts';
import { openStage, type Stage, type Stranger } from './access-matrix/stage.ts';

const words = readAccessWords();
const expectation = new Expectation(words);
const cases = documentCases(expectation, words);

let stage: Stage;
let count = 0;
beforeAll(async () => {
  stage = await openStage(cases);
});
afterAll(() => stage?.server.close());

/** One case of the matrix. */
function matrixCase(name: string, run: () => Promise<void>): void {
  count++;
  it(name, run);
}
const clientOf = (caller: CallerName) => stage.callers[caller].client;
const lastSequence = async () => (await stage.server.core.primary.info()).updateSeq;

/** Refused, and nothing at all is stored. */
async function expectRefused(
  request: () => Promise<Awaited<ReturnType<typeof send>>>,
  expected: Expected,
): Promise<void> {
  const before = await lastSequence();
  expectAnswer(await request(), expected);
  expect(await lastSequence()).toBe(before);
}
const send = (caller: CallerName, method: string, path: string, body?: unknown) =>
  clientOf(caller).request(method, path, body);

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
    '',
    'everything',
  ])('are known: "%s" is not', (cell) => expect(() => readCell(cell, [])).toThrow('not known'));
});

describe('a document', () => {
  for (const one of cases) matrixCase(one.name, () => runDocumentCase(one, stage, expectation));
});

describe('a document that nobody has', () => {
  const operations = (type: TypeName): Operation[] => [
    'GET',
    'PUT',
    'PATCH',
    'DELETE',
    ...Object.entries(ACTIONS).flatMap(([action, of]) => (of === type ? [action as Operation] : [])),
  ];
  for (const caller of CALLER_NAMES) {
    for (const type of TYPES) {
      for (const operation of operations(type)) {
        const expected = expectation.ofUnknown(CALLERS[caller], operation, type);
        matrixCase(named([`${caller}, ${operation}, ${type}`], expected), () => {
          const path = `${PATH_OF[type]}/${newId(type, newPatientId(), 'nowhere')}`;
          const isAction = operation in ACTIONS;
          const body = isAction ? {} : { ...CONTENT[type], _rev: '1-0123456789abcdef0123456789abcdef' };
          const withBody = operation !== 'GET' && operation !== 'DELETE';
          const [method, address] = isAction ? ['POST', `${path}/${operation}`] : [operation, path];
          return expectRefused(() => send(caller, method, address, withBody ? body : undefined), expected);
        });
      }
    }
  }
});

describe('a new document', () => {
  for (const [n, one] of creationCases(expectation).entries()) {
    matrixCase(one.name, async () => {
      const { body, path } = newBody(one, n, stage);
      const add = () => send(one.caller, 'POST', PATH_OF[one.type], body);
      if (one.expected.status === 201) expectAnswer(await add(), one.expected);
      else await expectRefused(add, one.expected);
      const { status } = await stage.server.admin.request('GET', path);
      expect(status).toBe(one.expected.status === 201 ? 200 : 404);
    });
  }
});

describe('a list', () => {
  /** Those of the documents that were prepared, without the patient itself. */
  const visibleOf = (caller: CallerName, patientId: string, isMeant: (situation: Situation) => boolean) =>
    stage
      .documentsOf(patientId)
      .filter(
        ({ situation }) => isMeant(situation) && expectation.sees(CALLERS[caller], ofPatient(situation, patientId)),
      )
      .map(({ id }) => id)
      .sort();
  const ofPatient = (situation: Situation, patientId: string): Situation => ({
    ...situation,
    ofPatient: patientId === stage.ownPatientId ? 'own' : 'foreign',
  });
  const idsOf = (documents: readonly Document[]): string[] => documents.map(({ _id }) => _id).sort();
  const withoutPatient = (ids: readonly string[]) => ids.filter((id) => !id.endsWith(':patient'));

  function expectNoHiddenFields(caller: CallerName, type: TypeName, documents: readonly Document[]): void {
    for (const document of documents) {
      const entry = document.userId === stage.callers[caller].userId ? 'own' : 'foreign';
      // A patient that is there is one of the caller's own clinic.
      const here = { ...CALLERS[caller], elsewhere: false };
      const hidden = expectation.hiddenFields(here, { type, author: 'colleague', entry, ofPatient: 'own' });
      expect(hidden.filter((field) => field in document)).toEqual([]);
    }
  }

  for (const caller of CALLER_NAMES) {
    const role = CALLERS[caller];
    for (const type of TYPES) {
      const expected: Expected = expectation.mayEver(role, type, 'read') ? { status: 200 } : NEVER;
      matrixCase(named([`${caller}, GET ${PATH_OF[type]}`], expected), async () => {
        expectAnswer(await send(caller, 'GET', PATH_OF[type]), expected);
        if (expected.status !== 200) return;
        const all = await allItems(clientOf(caller), PATH_OF[type]);
        expect(all.every((document) => document.type === type)).toBe(true);
        expectNoHiddenFields(caller, type, all);
        const { ownPatientId } = stage;
        if (type === 'patient') {
          const isIn = idsOf(all).includes(`${ownPatientId}:patient`);
          expect(isIn).toBe(!role.elsewhere);
          if (caller === 'patient') expect(all).toHaveLength(1);
        } else if (isPatientBound(type)) {
          const found = idsOf(all.filter(({ patientId }) => patientId === ownPatientId));
          expect(found).toEqual(visibleOf(caller, ownPatientId, (situation) => situation.type === type));
          if (caller === 'patient') expect(all).toHaveLength(found.length);
        } else expect(all.length).toBeGreaterThan(0);
      });
    }

    /** Who may read what is listed, but no patient, does not find the patient. */
    const listed = (type: TypeName, patient: 'own' | 'foreign'): Expected => {
      if (!expectation.mayEver(role, type, 'read')) return NEVER;
      return expectation.sees(role, { type: 'patient', author: 'colleague', ofPatient: patient })
        ? { status: 200 }
        : UNSEEN;
    };
    for (const patient of role.role === 'patient' ? (['own', 'foreign'] as const) : (['own'] as const)) {
      const idOf = () => (patient === 'own' ? stage.ownPatientId : stage.otherPatientId);
      const who = patient === 'own' ? '{id}' : '{id of another}';
      for (const type of PATIENT_LISTS) {
        const expected = listed(type, patient);
        const list = listOfPatient(type);
        matrixCase(named([`${caller}, GET /api/patients/${who}/${list}`], expected), async () => {
          expectAnswer(await send(caller, 'GET', `/api/patients/${idOf()}/${list}`), expected);
          if (expected.status !== 200) return;
          const found = await allItems(clientOf(caller), `/api/patients/${idOf()}/${list}`);
          expect(idsOf(found)).toEqual(visibleOf(caller, idOf(), (situation) => situation.type === type));
          expectNoHiddenFields(caller, type, found);
        });
      }
      const expected = listed('patient', patient);
      matrixCase(named([`${caller}, GET /api/patients/${who}/timeline`], expected), async () => {
        expectAnswer(await send(caller, 'GET', `/api/patients/${idOf()}/timeline`), expected);
        if (expected.status !== 200) return;
        const found = await allItems(clientOf(caller), `/api/patients/${idOf()}/timeline`);
        expect(withoutPatient(idsOf(found))).toEqual(visibleOf(caller, idOf(), () => true));
        for (const document of found) expectNoHiddenFields(caller, document.type as TypeName, [document]);
      });
      matrixCase(named([`${caller}, GET /api/patients/${who}/export`], expected), async () => {
        const answer = await send(caller, 'GET', `/api/patients/${idOf()}/export`);
        expectAnswer(answer, expected);
        if (expected.status !== 200) return;
        const { documents, patient: about } = answer.body as { documents: Document[]; patient: Document };
        expect(idsOf(documents)).toEqual(visibleOf(caller, idOf(), () => true));
        for (const document of [...documents, about])
          expectNoHiddenFields(caller, document.type as TypeName, [document]);
      });
    }
  }
});

describe('a visit', () => {
  const PARTS = {
    'a record': {},
    'a record with vitals and a vaccine': { vitals: [CONTENT.vital], vaccines: [CONTENT.vaccine] },
    'a record with a prescription': { prescriptions: [CONTENT.prescription] },
    'a record with a procedure': { procedures: [CONTENT.procedure] },
  };
  const typesIn = (parts: object): TypeName[] => [
    'record',
    ...Object.keys(parts).map((list) => list.slice(0, -1) as TypeName),
  ];
  for (const caller of CALLER_NAMES) {
    for (const [what, parts] of Object.entries(PARTS)) {
      const may = typesIn(parts).every((type) => expectation.mayEver(CALLERS[caller], type, 'create'));
      const stranger: Expected = { status: 403, code: 'refused', reasons: ['unknown_patient'] };
      const expected: Expected = !may ? NEVER : CALLERS[caller].elsewhere ? stranger : { status: 201 };
      matrixCase(named([`${caller}, POST /api/visits, ${what}`], expected), async () => {
        const patientId = caller === 'patient' ? stage.ownPatientId : stage.otherPatientId;
        const save = () => send(caller, 'POST', '/api/visits', { patientId, record: CONTENT.record, ...parts });
        if (expected.status === 201) expectAnswer(await save(), expected);
        else await expectRefused(save, expected);
      });
    }
  }
});

describe('what follows from the sentences below the table', () => {
  const doctor = () => stage.callers.doctor;
  const add = (type: TypeName, more: object = {}, caller: CallerName = 'doctor') =>
    clientOf(caller).ok<Document>('POST', PATH_OF[type], {
      patientId: stage.otherPatientId,
      ...CONTENT[type],
      ...more,
    });
  const addPatient = () => clientOf('doctor').ok<Document>('POST', PATH_OF.patient, CONTENT.patient);
  const patch = (caller: CallerName, { _id, type }: Document, body: object) =>
    send(caller, 'PATCH', `${PATH_OF[type as TypeName]}/${_id}`, body);
  const refused = (...reasons: string[]): Expected => ({ status: 403, code: 'refused', reasons });

  for (const caller of ['doctor', 'nurse'] as const) {
    matrixCase(`${caller}, performs in the name of another -> 403`, async () => {
      const procedure = await add('procedure');
      const body = {
        status: 'performed',
        performedBy: stage.callers.admin.userId,
        performedAt: new Date().toISOString(),
      };
      await expectRefused(() => patch(caller, procedure, body), refused('wrong_author'));
    });
    matrixCase(`${caller}, refers a patient to another clinic -> 200, and sees them no longer`, async () => {
      const patient = await addPatient();
      expectAnswer(await patch(caller, patient, { clinicIds: ['south'] }), { status: 200 });
      for (const [who, status] of [
        [caller, 404],
        [`${caller} of another clinic`, 200],
      ] as [CallerName, number][])
        expectAnswer(await send(who, 'GET', `${PATH_OF.patient}/${patient._id}`), { status });
    });
    matrixCase(`${caller}, refers a patient to a clinic that does not exist -> 403`, async () => {
      const patient = await addPatient();
      await expectRefused(() => patch(caller, patient, { clinicIds: ['atlantis'] }), refused('unknown_clinic'));
    });
  }
  for (const field of ['filledBy', 'createdBy', 'updatedBy']) {
    const caller = field === 'filledBy' ? 'pharmacist' : 'doctor';
    matrixCase(`${caller}, writes in the name of another: ${field} -> 403 or unheeded`, async () => {
      const prescription = await add('prescription');
      const another = stage.callers.admin.userId;
      const filled = { status: 'filled', filledAt: new Date().toISOString() };
      const body = { ...(field === 'filledBy' && filled), [field]: another };
      const answer = await patch(caller, prescription, body);
      // The server itself says who changed a document last.
      if (field === 'updatedBy') expect(answer).toMatchObject({ status: 200, body: { updatedBy: doctor().userId } });
      else expectAnswer(answer, refused('wrong_author', 'field_fixed'));
    });
  }
  for (const caller of ['doctor', 'nurse', 'admin'] as const) {
    matrixCase(`${caller}, changes formerClinicIds, which are the server's -> 403`, async () => {
      const patient = await addPatient();
      await expectRefused(
        () => patch(caller, patient, { formerClinicIds: ['south'] }),
        refused('field_fixed', 'field_not_allowed'),
      );
    });
  }
  for (const field of ['createdBy', 'createdAt', 'patientId', 'clinicIds'] as const) {
    matrixCase(`doctor, changes ${field} of an own record, which decides who may do what -> 403`, async () => {
      const record = await add('record');
      const value = { createdBy: stage.callers.nurse.userId, createdAt: '2020-01-01T00:00:00.000Z' };
      const body = { ...value, patientId: stage.ownPatientId, clinicIds: ['north', 'south'] };
      await expectRefused(
        () => patch('doctor', record, { [field]: body[field] }),
        refused('field_fixed', 'id_mismatch'),
      );
    });
  }
  matrixCase('doctor, prescribes in the name of another -> 403', () =>
    expectRefused(
      () =>
        send('doctor', 'POST', PATH_OF.prescription, {
          ...CONTENT.prescription,
          patientId: stage.otherPatientId,
          createdBy: stage.callers.nurse.userId,
        }),
      refused('wrong_author'),
    ),
  );
  matrixCase('doctor, writes a prescription that is filled already -> 403', () =>
    expectRefused(
      () =>
        send('doctor', 'POST', PATH_OF.prescription, {
          ...CONTENT.prescription,
          patientId: stage.otherPatientId,
          status: 'filled',
          filledBy: doctor().userId,
          filledAt: new Date().toISOString(),
        }),
      refused('already_final', 'field_not_allowed', 'not_allowed'),
    ),
  );
  matrixCase('doctor, writes a record of the future -> 403', () =>
    expectRefused(
      () =>
        send('doctor', 'POST', PATH_OF.record, {
          ...CONTENT.record,
          patientId: stage.otherPatientId,
          createdAt: new Date(Date.now() + 3_600_000).toISOString(),
        }),
      refused('wrong_time'),
    ),
  );
  matrixCase('doctor, links a record to another patient -> 403', async () => {
    const record = await add('record');
    const prescriptionId = `${stage.ownPatientId}:prescription:${newUlid()}`;
    await expectRefused(() => patch('doctor', record, { prescriptionId }), refused('foreign_link'));
  });
  matrixCase('admin, ends a clinic that has patients -> 403', () =>
    expectRefused(() => send('admin', 'DELETE', '/api/clinics/north'), refused('clinic_in_use')),
  );
  matrixCase('admin, ends a clinic that has none -> 204', async () => {
    const { _id } = await add('clinic', { slug: 'west', patientId: undefined }, 'admin');
    expectAnswer(await send('admin', 'DELETE', `/api/clinics/${_id}`), { status: 204 });
  });
});

describe('accounts, devices, held writes, audit, role databases', () => {
  const row = words.get([...words.keys()].at(-1) ?? '');
  const FORBIDDEN: Expected = { status: 403, code: 'forbidden' };

  for (const caller of CALLER_NAMES) {
    const mayAll = row?.[CALLERS[caller].role].some(
      ({ verb, conditions }) => verb === 'create' && conditions.length === 0,
    );
    for (const endpoint of ADMIN_ENDPOINTS) {
      const { method, template, body } = endpoint;
      const expected: Expected = mayAll ? { status: ADMIN_STATUS(endpoint) } : FORBIDDEN;
      matrixCase(named([`${caller}, ${method} ${template}`], expected), async () => {
        const { path, patientId } = await targetOf(endpoint);
        const sent = body && JSON.parse(JSON.stringify(body).replace('{id}', patientId));
        const request = () => send(caller, method, path, sent);
        if (mayAll) expectAnswer(await request(), expected);
        else await expectAccountsUntouched(() => expectRefused(request, expected));
      });
    }
  }

  async function expectAccountsUntouched(work: () => Promise<void>): Promise<void> {
    const all = () => allItems(stage.server.admin, '/api/accounts');
    const before = await all();
    await work();
    expect(await all()).toEqual(before);
  }

  /** An account, or a patient, that nothing else needs. */
  async function targetOf({ template }: Endpoint): Promise<{ path: string; patientId: string }> {
    const { admin } = stage.server;
    const username = `spare.${newUlid()}`;
    if (template.includes('{username}'))
      await admin.ok('POST', '/api/accounts', { username, role: 'admin', name: 'Spare' });
    const isErasure = template.includes('/erasure');
    const { patientId } = isErasure
      ? await clientOf('doctor').ok<{ patientId: string }>('POST', PATH_OF.patient, CONTENT.patient)
      : { patientId: '' };
    return { path: template.replace('{username}', username).replace('{id}', patientId), patientId };
  }

  for (const role of ROLES) {
    const grants = row?.[role] ?? [];
    const has = (verb: string) => role === 'admin' || grants.some((grant) => grant.verb === verb);
    describe(`of a ${role}'s own`, () => ownAccountCases(role, has));
  }

  function ownAccountCases(role: RoleName, has: (verb: string) => boolean): void {
    const username = `own.${role}`;
    let password = PASSWORD;
    const login = async () => stage.server.api.as((await stage.server.api.login(username, password)).accessToken);
    const expectedOf = (verb: string, status: number): Expected => (has(verb) ? { status } : FORBIDDEN);

    beforeAll(() =>
      stage.server.admin.ok('POST', '/api/accounts', {
        username,
        password,
        role,
        name: 'Somebody',
        ...(role === 'patient' && { patientId: stage.ownPatientId }),
        ...(role !== 'patient' && role !== 'admin' && { clinicIds: ['north'] }),
      }),
    );
    for (const [template, verb] of [
      ['/api/me', 'read'],
      ['/api/me/sessions', 'own devices'],
      ['/api/me/devices', 'own devices'],
    ] as const) {
      const expected = expectedOf(verb, 200);
      matrixCase(named([`${role}, GET ${template}`], expected), async () =>
        expectAnswer(await (await login()).request('GET', template), expected),
      );
    }
    matrixCase(named([`${role}, DELETE /api/me/sessions`], expectedOf('own devices', 204)), async () => {
      const [other, mine] = [await login(), await login()];
      expectAnswer(await mine.request('DELETE', '/api/me/sessions'), expectedOf('own devices', 204));
      expectAnswer(await other.request('GET', '/api/me'), { status: 401, code: 'unauthorized' });
      expectAnswer(await mine.request('GET', '/api/me'), { status: 200 });
    });
    matrixCase(`${role}, DELETE /api/me/sessions/{id} -> 204 their own, 404 another's`, async () => {
      const [mine, sessions] = [await login(), (client: typeof stage.server.admin) => allSessions(client)];
      const [other] = await sessions(stage.server.admin);
      expectAnswer(await mine.request('DELETE', `/api/me/sessions/${other?.id}`), UNSEEN);
      const [own] = await sessions(mine);
      expectAnswer(await mine.request('DELETE', `/api/me/sessions/${own?.id}`), { status: 204 });
    });
    matrixCase(named([`${role}, POST /api/me/password`], expectedOf('change password', 204)), async () => {
      const client = await login();
      const newPassword = `${PASSWORD} and ${newUlid()}`;
      const change = (currentPassword: string) =>
        client.request('POST', '/api/me/password', { currentPassword, newPassword });
      expectAnswer(await change(`not ${password}`), { status: 403, code: 'wrong_password' });
      expectAnswer(await change(password), expectedOf('change password', 204));
      password = newPassword;
    });
    matrixCase(`${role}, POST /api/logout -> 204`, async () => {
      const client = await login();
      expectAnswer(await client.request('POST', '/api/logout'), { status: 204 });
      expectAnswer(await client.request('GET', '/api/me'), { status: 401, code: 'unauthorized' });
    });
  }

  const allSessions = async (client: typeof stage.server.admin) =>
    (await client.ok<{ items: { id: string }[] }>('GET', '/api/me/sessions')).items;
});

const ADMIN_STATUS = ({ method, template }: Endpoint): number => {
  if (method === 'DELETE') return 204;
  return method === 'POST' && !template.includes('/erasure') ? 201 : 200;
};

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
      matrixCase(named([`${stranger}, ${method} ${template}`], expected), async () => {
        const client = stage.strangers[stranger as Stranger];
        await expectRefused(() => client.request(method, pathOf(endpoint, stage), body), expected);
        const { headers } = await client.request('GET', '/api/nothing');
        expect(headers.get('www-authenticate')).toBeNull();
      });
    }
  }
});

describe('the matrix', () => {
  it('asks for every endpoint that the server describes', async () => {
    const response = await fetch(`${stage.server.url}/api/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, object> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const asked = [...ENDPOINTS.map(({ method, template }) => `${method} ${template}`), ...OPEN_ENDPOINTS];
    expect(described.sort()).toEqual(asked.sort());
  });

  it('has more than 500 cases', () => {
    process.stdout.write(`access matrix: ${count} cases\n`);
    expect(count).toBeGreaterThan(500);
  });
});
