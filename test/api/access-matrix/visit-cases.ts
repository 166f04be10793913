/** Visits: who may add all that is in one. */
import { CALLER_NAMES, CALLERS, named } from './cases.ts';
import { type Expected, NEVER } from './expectation.ts';
import type { Matrix } from './matrix.ts';
import { CONTENT, type TypeName } from './situations.ts';

const VISITS: Readonly<Record<string, { readonly types: readonly TypeName[]; readonly lists: object }>> = {
  'a record': { types: ['record'], lists: {} },
  'a record with vitals and a vaccine': {
    types: ['record', 'vital', 'vaccine'],
    lists: { vitals: [CONTENT.vital], vaccines: [CONTENT.vaccine] },
  },
  'a record with a prescription': {
    types: ['record', 'prescription'],
    lists: { prescriptions: [CONTENT.prescription] },
  },
  'a record with a procedure': { types: ['record', 'procedure'], lists: { procedures: [CONTENT.procedure] } },
};
const NOT_IN_CARE: Expected = { status: 403, code: 'refused', reasons: ['unknown_patient'] };

export function visitCases(matrix: Matrix): void {
  for (const caller of CALLER_NAMES) {
    for (const [what, { types, lists }] of Object.entries(VISITS)) {
      const role = CALLERS[caller];
      const may = types.every((type) => matrix.expectation.mayEver(role, type, 'create'));
      const expected = !may ? NEVER : role.elsewhere ? NOT_IN_CARE : { status: 201 };
      matrix.case(named([caller, 'POST /api/visits', what], expected), async () => {
        const patientId = caller === 'patient' ? matrix.stage.ownPatientId : matrix.stage.otherPatientId;
        const visit = { patientId, record: CONTENT.record, ...lists };
        await matrix.expect(() => matrix.send(caller, 'POST', '/api/visits', visit), expected);
      });
    }
  }
}
