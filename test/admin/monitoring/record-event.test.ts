/** Which positions count as confirmed, event by event. */
import { describe, expect, it } from 'vitest';
import { type DeviceRecord, WHOLE_FEED } from '../../../server/admin/monitoring/device-record.ts';
import { recordAfter } from '../../../server/admin/monitoring/record-event.ts';
import type { SyncContact, SyncEvent } from '../../../server/gateway/sync-observer.ts';

const OLD = 'nurse-north-e1';
const NEW = 'nurse-north-e2';
const asked = (since: string, live = false): SyncEvent => ({ kind: 'feed_asked', since, live });
const answered = (complete: boolean): SyncEvent => ({ kind: 'page_answered', complete });

interface Step {
  readonly event: SyncEvent;
  readonly source?: string;
  readonly lookedUp?: readonly string[];
}

function feedAfter(type: string | undefined, steps: readonly Step[]) {
  let record: DeviceRecord | undefined;
  for (const { event, source = OLD, lookedUp } of steps) {
    const contact: SyncContact = {
      principal: { userId: 'u1', role: 'nurse', clinicId: 'north', deviceId: 'd1' },
      database: 'nurse-north',
      source,
      type,
      userAgent: undefined,
    };
    const setting = { nowMs: 0, lookedUp: lookedUp && new Set(lookedUp) };
    record = recordAfter(record, 'd1', contact, event, setting);
  }
  return record?.databases['nurse-north']?.feeds[type ?? WHOLE_FEED];
}

describe('a PouchDB device', () => {
  it('has what its checkpoint says, not what it asks for meanwhile', () => {
    const steps = [
      { event: asked('0'), lookedUp: [] },
      { event: asked('100-a') },
      { event: { kind: 'checkpoint_stored', position: '50-a' } as const },
      { event: asked('200-a') },
    ];
    expect(feedAfter(undefined, steps)).toMatchObject({ position: '50-a' });
  });

  it('begins where one of its checkpoints lets it, also further back', () => {
    const stored = { event: { kind: 'checkpoint_stored', position: '50-a' } as const };
    const lookedUp = ['50-a', '20-a'];
    expect(feedAfter(undefined, [stored, { event: asked('20-a'), lookedUp }])).toMatchObject({ position: '20-a' });
    expect(feedAfter(undefined, [stored, { event: asked('0'), lookedUp }])).toMatchObject({ position: '0' });
    expect(feedAfter(undefined, [stored, { event: asked('70-a'), lookedUp }])).toMatchObject({ position: '50-a' });
    expect(feedAfter(undefined, [stored, { event: asked('0') }])).toMatchObject({ position: '50-a' });
  });
});

describe('an RxDB device', () => {
  it('has what its pull asks with; its live feed counts when the pull has come to its end', () => {
    const running = [{ event: asked('0') }, { event: answered(false) }, { event: asked('90-a', true) }];
    expect(feedAfter('vital', running)).toMatchObject({ position: '0' });
    const ended = [...running, { event: asked('40-a') }, { event: answered(true) }];
    expect(feedAfter('vital', ended)).toMatchObject({ position: '40-a', pulled: true });
    expect(feedAfter('vital', [...ended, { event: asked('now', true) }])).toMatchObject({ position: '40-a' });
    expect(feedAfter('vital', [...ended, { event: asked('95-a', true) }])).toMatchObject({ position: '95-a' });
  });

  it('that pulls once more is where that begins, and no longer where its live feed was', () => {
    const steps = [
      { event: asked('0') },
      { event: answered(true) },
      { event: asked('95-a', true) },
      { event: asked('0') },
      { event: asked('99-a', true) },
    ];
    expect(feedAfter('vital', steps)).toEqual({ source: OLD, notedAt: expect.any(String), position: '0' });
  });

  it('goes on with its live feed in a database that was built anew', () => {
    const before = [{ event: asked('0') }, { event: answered(true) }, { event: asked('95-a', true) }];
    const switched = [...before, { event: asked('95-a', true), source: NEW }];
    // Of the old database, so that it means the beginning of the new one.
    expect(feedAfter('vital', switched)).toMatchObject({ source: NEW, position: '95-a' });
    const on = [...switched, { event: asked('7-b', true), source: NEW }];
    expect(feedAfter('vital', on)).toMatchObject({ source: NEW, position: '7-b', pulled: true });
  });
});
