/** The overview, for administrators: what is wrong, every clinic, and how it was over time. Answered from memory. */
import { z } from 'zod';
import { type ApiRoute, route } from '../../http/api-route.ts';
import { foldText } from '../../lib/search-text.ts';
import { CLINIC_STATES, type ClinicHealth, type ClinicState } from '../monitoring/clinic-health.ts';
import { overviewOf } from './overview.ts';
import { gatherClinics, gatherFacts, type OverviewSources } from './overview-facts.ts';
import { clinicsHealthSchema, overviewSchema, seriesSchema } from './overview-schemas.ts';
import { RANGES, RESOLUTION_OF, seriesView } from './series.ts';

export interface OverviewRoutesOptions {
  readonly overview: OverviewSources;
}

export interface ClinicsHealth {
  readonly at: string;
  /** That were found. */
  readonly total: number;
  /** Of all clinics, those that were not asked for as well. */
  readonly states: Readonly<Record<ClinicState, number>>;
  /** The worst first. */
  readonly items: readonly ClinicHealth[];
}

const ACCESS = { roles: ['admin'] } as const;
const TAG = 'dashboard';
const MAX_CLINICS = 10_000;

const clinicsQuery = z.strictObject({
  q: z.string().trim().min(1).max(100).optional().describe('Part of its name or slug, whatever the accents'),
  state: z.enum(CLINIC_STATES).optional().describe('In this state'),
  limit: z.coerce.number().int().min(1).max(MAX_CLINICS).default(MAX_CLINICS).describe('How many at most'),
});

const seriesQuery = z.strictObject({
  range: z.enum(RANGES).default('hour').describe('By minute, by 5 minutes, by hour'),
});

export const overviewRoutes = ({ overview }: OverviewRoutesOptions): ApiRoute[] => [
  route({
    method: 'get',
    path: '/admin/overview',
    tag: TAG,
    summary: 'Read what is wrong, and what to do about it',
    description: 'It is answered from memory, also while the store cannot be reached.',
    access: ACCESS,
    answers: { 200: { description: 'The overview', schema: overviewSchema } },
    handle: async () => {
      const facts = await gatherFacts(overview);
      const upMs = Math.max(0, overview.nowMs() - overview.startedAtMs);
      return { body: overviewOf(facts, Math.floor(upMs / 1_000)) };
    },
  }),
  route({
    method: 'get',
    path: '/admin/clinics-health',
    tag: TAG,
    summary: 'Read how each clinic is, the worst first',
    access: ACCESS,
    query: clinicsQuery,
    answers: { 200: { description: 'The clinics', schema: clinicsHealthSchema } },
    handle: async ({ query }) => ({
      body: listClinics(await gatherClinics(overview), query, new Date(overview.nowMs()).toISOString()),
    }),
  }),
  route({
    method: 'get',
    path: '/admin/series',
    tag: TAG,
    summary: 'Read the figures of the last hour, day or month',
    description: 'Of all servers together; what other servers did comes about a minute late.',
    access: ACCESS,
    query: seriesQuery,
    answers: { 200: { description: 'The series', schema: seriesSchema } },
    handle: async ({ query: { range } }) => ({
      body: seriesView(range, await overview.series.summedPoints(RESOLUTION_OF[range])),
    }),
  }),
];

function listClinics(
  clinics: readonly ClinicHealth[],
  { q, state, limit }: z.infer<typeof clinicsQuery>,
  at: string,
): ClinicsHealth {
  const wanted = q === undefined ? undefined : foldText(q);
  const found = clinics.filter(
    (clinic) =>
      (state === undefined || clinic.state === state) &&
      (wanted === undefined || foldText(`${clinic.name} ${clinic.slug}`).includes(wanted)),
  );
  const states = Object.fromEntries(
    CLINIC_STATES.map((name) => [name, clinics.filter((clinic) => clinic.state === name).length]),
  ) as Record<ClinicState, number>;
  return { at, total: found.length, states, items: found.slice(0, limit) };
}
