import fc from 'fast-check';
import equal from 'fast-deep-equal';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../server/config.ts';
import { buildCore, type Core, prepareCore } from '../../server/documents/core.ts';
import { Lifecycle } from '../../server/lib/lifecycle.ts';
import { createLogger } from '../../server/lib/logger.ts';
import { syncRules } from '../../sync-rules/sync-rules.ts';
import { differences, type Sight } from '../support/compare-role-databases.ts';
import { COUCHDB_URL, createEnvironment, type TestEnvironment } from '../support/environment.ts';
import { NetworkSimulation } from './network-simulation.ts';
import { type Scenario, scenario } from './scenario.ts';
import { PROPERTY_SEED, runs, say } from './seed.ts';

const logger = createLogger({ level: 'warn', pretty: false });

const start = async ({ env }: TestEnvironment, nowMs: () => number, fingerprint: string = syncRules.fingerprint) => {
  const lifecycle = new Lifecycle(logger);
  const rules = { ...syncRules, fingerprint };
  const core = await buildCore({ config: loadConfig(env), logger, lifecycle, nowMs, rules });
  await prepareCore(core);
  return core;
};

/** Refused rows that are not among the held writes, and accepted ones that are not in the history. */
async function lost({ held, history, primary }: Core, { sent }: NetworkSimulation): Promise<string[]> {
  const kept = new Map((await held.list(1_000_000)).map((write) => [`${write.documentId}@${write.rev}`, write]));
  const found: string[] = [];
  for (const { row, outcome } of sent) {
    const name = `${row.id}@${row.rev}`;
    if (outcome.outcome === 'refused') {
      const write = kept.get(name);
      if (!write || !equal(write.body, row.body) || write.deleted !== row.deleted) found.push(`${name} is not held`);
    } else if (row.deleted) {
      // A deletion of what the server never had is answered and says nothing.
      const stored = (await primary.missing(new Map([[row.id, [row.rev]]]))).size === 0;
      if (stored && !(await history.body(row.id, row.rev))) found.push(`${name} is not in the history`);
    } else {
      const body = await history.body(row.id, row.rev);
      const whole =
        body &&
        Object.entries(row.body).every(([field, value]) => field === 'formerClinicIds' || equal(body[field], value));
      if (!whole) found.push(`${name} is not in the history`);
    }
  }
  return [...found, ...(await leavesOutsideHistory({ history, primary }))];
}

async function leavesOutsideHistory({ history, primary }: Pick<Core, 'history' | 'primary'>): Promise<string[]> {
  const { results } = await primary.changes({ since: '0', limit: 1_000_000 });
  const missing = await history.missing(results.flatMap(({ id, revs }) => revs.map((rev) => ({ id, rev }))));
  return missing.map(({ id, rev }) => `${id}@${rev} is a leaf and not in the history`);
}

describe('role databases', () => {
  it('hold what the rules allow, after whatever order of writes', async () => {
    const cases = new Map<string, Sight>();
    const count = { runs: 0, batches: 0, rebuilt: 0, stored: 0, refused: 0, conflicts: 0, merged: 0 };
    const codes = new Map<string, number>();

    const play = async ({ batches, rebuilt }: Scenario): Promise<void> => {
      const environment = await createEnvironment();
      let core: Core | undefined;
      const current = () => core as Core;
      const run = count.runs++;
      const onCase = (document: { id: string; rev: string }, database: string, sight: Sight) =>
        cases.set(`${run} ${document.id}@${document.rev} ${database}`, sight);
      try {
        const simulation = new NetworkSimulation(current);
        core = await start(environment, simulation.nowMs);
        await simulation.begin();
        for (const [i, batch] of batches.entries()) {
          await simulation.play(batch);
          expect(await differences(current(), { onCase }), `after batch ${i}`).toEqual([]);
        }
        await current().projector.catchUp();
        expect(await differences(current(), { onCase }), 'when the projector has read everything').toEqual([]);
        expect(await lost(current(), simulation)).toEqual([]);
        await current().store.close();
        core = await start(environment, simulation.nowMs, rebuilt ? `${syncRules.fingerprint} ` : undefined);
        if (rebuilt) await current().rebuild.bringUpToDate(new AbortController().signal);
        expect(await differences(current(), { onCase }), 'after another start').toEqual([]);
        count.batches += batches.length;
        if (rebuilt) count.rebuilt++;
        for (const { outcome } of simulation.sent) {
          if (outcome.outcome === 'stored') count.stored++;
          if (outcome.outcome !== 'refused') continue;
          count.refused++;
          codes.set(outcome.refusal.code, (codes.get(outcome.refusal.code) ?? 0) + 1);
        }
        const { results } = await current().primary.changes({ since: '0', limit: 1_000_000 });
        count.conflicts += results.filter(({ revs }) => revs.length > 1).length;
        count.merged += (await current().held.list(1_000_000)).filter(({ code }) => code === 'merge_dropped').length;
      } finally {
        await core?.store.close();
        await environment.remove();
      }
    };

    await fc.assert(fc.asyncProperty(scenario(24), play), {
      seed: PROPERTY_SEED,
      // CouchDB creates some twenty databases for every run.
      numRuns: runs(COUCHDB_URL ? 6 : 10),
      interruptAfterTimeLimit: 100_000,
    });
    const sights = { whole: 0, part: 0, hidden: 0, withdrawn: 0 };
    const onceShown = new Set<string>();
    for (const [key, sight] of cases) {
      sights[sight]++;
      const documentHere = key.replace(/@\S+/, '');
      if (sight !== 'hidden') onceShown.add(documentHere);
      else if (onceShown.has(documentHere)) sights.withdrawn++;
    }
    say(
      `role databases: ${cases.size} cases (a revision of a document in a role database): ${JSON.stringify(sights)}\n` +
        `  ${JSON.stringify(count)}, refused: ${JSON.stringify(Object.fromEntries(codes))}`,
    );
    expect(cases.size).toBeGreaterThanOrEqual(1_000);
    for (const sight of [sights.whole, sights.part, sights.hidden]) expect(sight).toBeGreaterThan(100);
    // How many there are depends on the seed; that there are some shows that the scenarios reach every part.
    for (const part of [sights.withdrawn, count.stored, count.refused, count.conflicts])
      expect(part).toBeGreaterThan(0);
  });
});
