import { it } from 'vitest';
import { createEnvironment } from '../support/environment.ts';
import { buildCore, prepareCore } from '../../server/composition.ts';
import { loadConfig } from '../../server/config.ts';
import { createLogger } from '../../server/logger.ts';
import { differences } from '../support/compare-role-databases.ts';
it('x', async () => {
  for (let k = 0; k < 2; k++) {
  let t = performance.now();
  const lap = (w: string) => { console.log(w, Math.round(performance.now() - t)); t = performance.now(); };
  const e = await createEnvironment();
  const core = await buildCore({ config: loadConfig(e.env), logger: createLogger({ level: 'warn', pretty: false }) });
  await prepareCore(core);
  lap('core');
  const time = '2026-03-01T00:00:00.000Z';
  const common = { schemaVersion: 1, createdAt: time, createdBy: 'a', updatedAt: time, updatedBy: 'a' };
  await core.writePath.putTrusted(['north','south','east','west'].map(slug => ({ id: `clinic:clinic:${slug}`, body: { type: 'clinic', slug, name: slug, ...common } })));
  lap('clinics');
  for (let i = 0; i < 10; i++) {
    const p = `p01h${String(i).padStart(23, '0')}`;
    await core.writePath.putTrusted([{ id: `${p}:patient`, body: { type: 'patient', patientId: p, clinicIds: ['north'], ...common } }, ...[1,2,3,4,5].map(n => ({ id: `${p}:record:01h${String(n).padStart(23, '0')}`, body: { type: 'record', patientId: p, clinicIds: ['north'], ...common } }))]);
  }
  lap('10 pushes');
  console.log(await differences(core));
  lap('diff');
  await core.store.close();
  await e.remove();
  lap('close');
  }
});
