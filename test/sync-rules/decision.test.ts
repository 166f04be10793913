/** A decision carries the very row of the access table that allows the write. */
import { expect, it } from 'vitest';
import { authorizeWrite } from '../../sync-rules/authorize-write.ts';
import { doctor, documentOf, edited, iso, NOW } from './cases.ts';

it('performing a procedure that one ordered an hour ago is allowed by the row for performing', () => {
  const own = documentOf('procedure', doctor.userId);
  const performed = { status: 'performed', performedBy: doctor.userId, performedAt: iso(NOW) };
  const decision = authorizeWrite({
    principal: doctor,
    stored: { body: own, deleted: false },
    incoming: { body: edited(doctor, own, performed), deleted: false },
    nowMs: NOW,
  });
  expect(decision).toMatchObject({ allowed: true, row: { reason: 'a doctor performs a planned procedure' } });
});
