/** Routes of `/api/clinics`: everyone lists them, an administrator adds one. */
import express, { Router } from 'express';
import { z } from 'zod';
import { clinicDocId, isClinicSlug } from '../../shared-schemas/ids.ts';
import { type Authenticator, bearerAuth, principalOf, requireRole } from '../auth/middleware.ts';
import { HttpError } from '../http/errors.ts';
import { parseBody } from '../http/parse-input.ts';
import type { WritePath } from '../write/write-path.ts';
import type { DocumentReader } from './document-reader.ts';

export interface ClinicsRouterOptions {
  readonly sessions: Authenticator;
  readonly reader: DocumentReader;
  readonly writePath: Pick<WritePath, 'edit'>;
  readonly nowMs: () => number;
}

const MAX_CLINICS = 10_000;
const clinicSchema = z.strictObject({
  slug: z.string().refine(isClinicSlug, 'must be up to 40 lower-case letters, digits and hyphens, a letter first'),
  name: z.string().trim().min(1).max(200),
  address: z.string().max(500).optional(),
  phoneNumber: z.string().max(40).optional(),
});

/** To be mounted at `/api`. */
export function clinicsRouter({ sessions, reader, writePath, nowMs }: ClinicsRouterOptions): Router {
  const router = Router();
  const signedIn = bearerAuth(sessions);
  router.get('/clinics', signedIn, async (req, res) => {
    const { items } = await reader.list(principalOf(req), { type: 'clinic', limit: MAX_CLINICS });
    res.json({ clinics: items });
  });
  router.post('/clinics', signedIn, requireRole('admin'), express.json({ limit: '16kb' }), async (req, res) => {
    const { slug, name, address, phoneNumber } = parseBody(clinicSchema, req);
    const principal = principalOf(req);
    const now = new Date(nowMs()).toISOString();
    const body = {
      type: 'clinic',
      schemaVersion: 1,
      slug,
      name,
      ...(address !== undefined && { address }),
      ...(phoneNumber !== undefined && { phoneNumber }),
      createdAt: now,
      createdBy: principal.userId,
      updatedAt: now,
      updatedBy: principal.userId,
    };
    const id = clinicDocId(slug);
    const [outcome] = await writePath.edit(principal, [{ id, deleted: false, body }], { hold: false });
    if (outcome?.outcome === 'conflict') throw new HttpError('clinic_exists');
    if (outcome?.outcome === 'refused')
      throw new HttpError('invalid_document', { extra: { faults: outcome.faults ?? [] } });
    res.status(201).json(await reader.get(principal, id));
  });
  return router;
}
