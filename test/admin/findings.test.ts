/** What is said to be wrong, from made-up facts: each finding by itself, and which comes first. */
import { describe, expect, it } from 'vitest';
import type { Device } from '../../server/accounts/devices.ts';
import { clinicsHealth } from '../../server/admin/monitoring/clinic-health.ts';
import type { DeviceView } from '../../server/admin/monitoring/device-activity.ts';
import { type ClinicDevices, censusOf } from '../../server/admin/monitoring/health-census.ts';
import { findingsOf, summaryOf } from '../../server/admin/overview/findings.ts';
import { overviewOf } from '../../server/admin/overview/overview.ts';
import type { OverviewFacts } from '../../server/admin/overview/overview-facts.ts';
import { ageWords, bytesWords } from '../../server/admin/overview/words.ts';
import { ago, DAY_MS, GB, HOUR_MS, NOW, NOW_MS, WELL, WRONG } from './finding-cases.ts';

describe('findings', () => {
  it('are none where all is well, and that is said with numbers', () => {
    expect(findingsOf(WELL)).toEqual([]);
    expect(summaryOf([], WELL)).toEqual({
      state: 'ok',
      sentence: 'All is well: 3 clinics and 12 devices, every device is up to date.',
    });
    const behind = { ...WELL, survey: { upToDate: 10, behind: 2, notCounted: 0 } };
    expect(summaryOf([], behind).sentence).toContain('2 devices with changes still to pull');
  });

  it.each(WRONG)('say %s in words, with what to do and where', (code, facts, words) => {
    const [finding, ...others] = findingsOf({ ...WELL, ...facts });
    expect(others).toEqual([]);
    expect(finding?.code).toBe(code);
    expect(finding?.sentence).toMatch(words);
    expect(finding?.sentence).toMatch(/\.$/);
    expect(finding?.action).toMatch(/\.$/);
    expect(finding?.href).toMatch(/^\/admin/);
  });

  it('come the worst first, and the first is what the page begins with', () => {
    const all = Object.assign({}, ...WRONG.map(([, facts]) => facts)) as Partial<OverviewFacts>;
    const facts: OverviewFacts = {
      ...WELL,
      ...all,
      projector: { pending: 1, lagSeconds: 60, failing: false, paused: true },
      disk: { freeBytes: 0, totalBytes: 100 * GB, readAt: NOW },
    };
    const findings = findingsOf(facts);
    expect(findings[0]?.code).toBe('store_unreachable');
    expect(findings.at(-1)?.code).toBe('building');
    const severities = findings.map(({ severity }) => severity);
    expect([...severities].sort((a, b) => (a === b ? 0 : a === 'problem' || b === 'information' ? -1 : 1))).toEqual(
      severities,
    );
    expect(overviewOf(facts, 5).health).toMatchObject({ state: 'problem', sentence: findings[0]?.sentence });
  });

  it('that follow from another are not told twice', () => {
    const facts = {
      ...WELL,
      store: { kind: 'couchdb', reachable: false },
      projector: { pending: 0, lagSeconds: 90, failing: true, paused: false },
      errors: { lastMinutes: 4, lastHour: 4 },
    } as const;
    expect(findingsOf(facts).map(({ code }) => code)).toEqual(['store_unreachable']);
  });

  it('are possible before anything has been counted', () => {
    const facts = {
      ...WELL,
      held: undefined,
      overdue: undefined,
      devices: undefined,
      survey: undefined,
      disk: undefined,
    };
    expect(findingsOf(facts)).toEqual([]);
    expect(overviewOf(facts, 0)).not.toHaveProperty('devices');
  });
});

const device = (deviceId: string, more: Partial<Device> = {}): Device => ({
  deviceId,
  owner: `u${deviceId}`,
  firstLoginAt: ago(30 * DAY_MS),
  lastLoginAt: ago(30 * DAY_MS),
  ...more,
});
const view = (deviceId: string, more: Partial<DeviceView> = {}): DeviceView => ({
  deviceId,
  owner: `u${deviceId}`,
  role: 'nurse',
  clinicId: 'north',
  firstContactAt: ago(30 * DAY_MS),
  lastContactAt: ago(HOUR_MS),
  lastPullAt: ago(HOUR_MS),
  databases: {},
  openFeeds: 0,
  connected: false,
  ...more,
});

describe('the count of devices', () => {
  const toPull = (changes: Readonly<Record<string, number>>) => ({
    of: (deviceId: string) => {
      const total = changes[deviceId];
      return total === undefined ? undefined : { total, at: NOW };
    },
  });

  it('tells the silent, the stuck, the wrong clocks and the revoked apart', () => {
    // `never` was logged in from, and never synced: that was a browser.
    const enrolled = ['well', 'connected', 'silent', 'stuck', 'early', 'never'].map((id) => device(id));
    const views = [
      view('well'),
      view('connected', { connected: true, openFeeds: 1, lastPullAt: ago(3 * DAY_MS) }),
      view('silent', { lastContactAt: ago(8 * DAY_MS), lastPullAt: ago(8 * DAY_MS) }),
      view('stuck', { lastPullAt: ago(2 * DAY_MS) }),
      view('early', { clockOffset: { offsetMs: 10 * 60_000, measuredAt: ago(HOUR_MS) } }),
      view('revoked', { lastContactAt: ago(60 * DAY_MS) }),
    ];
    const all = [...enrolled, device('revoked', { revokedAt: ago(DAY_MS) })];
    const census = censusOf(all, views, toPull({ silent: 9, stuck: 4, connected: 2, revoked: 5 }), NOW_MS);
    expect(census).toMatchObject({
      ...{ enrolled: 6, revoked: 1, synced: 5, connected: 1, seenLastDay: 4 },
      silent: { count: 1, since: ago(8 * DAY_MS) },
      stuck: { count: 1, since: ago(2 * DAY_MS) },
      wrongClocks: { count: 1, greatestOffsetMs: 10 * 60_000 },
    });
    expect(census.byClinic.get('north')).toEqual({
      ...{ devices: 5, connected: 1, silent: 1, stuck: 1, toPull: 15 },
      lastSeenAt: NOW,
    });
  });
});

describe('the health of clinics', () => {
  const devices = (more: Partial<ClinicDevices> = {}): ClinicDevices => ({
    ...{ devices: 2, connected: 0, lastSeenAt: ago(HOUR_MS), silent: 0, stuck: 0, toPull: 0 },
    ...more,
  });

  it('comes the worst first, each with the reason in words', () => {
    const rows = clinicsHealth({
      clinics: new Map([
        ['well', 'Well'],
        ['lost', 'Lost'],
        ['unseen', 'Unseen'],
        ['held', 'Held'],
        ['new', 'New'],
        ['unbuilt', 'Unbuilt'],
      ]),
      devices: new Map([
        ['well', devices()],
        ['lost', devices({ lastSeenAt: ago(10 * DAY_MS), silent: 2 })],
        ['unseen', devices({ lastSeenAt: ago(4 * DAY_MS) })],
        ['held', devices({ stuck: 1 })],
        ['unbuilt', devices()],
      ]),
      held: new Map([['held', 2]]),
      trafficOf: (slug) => (slug === 'well' ? { in: 3, refused: 1, out: 9 } : undefined),
      databaseState: (name) =>
        name.endsWith('unbuilt')
          ? undefined
          : { database: { name, role: 'nurse', scope: 'x' }, serving: 'e0', building: undefined },
      factsOf: (name) =>
        name === 'nurse-well' ? { documents: 5, bytes: 600, updateSeq: '7-abc', readAt: ago(60_000) } : undefined,
      nowMs: NOW_MS,
    });
    expect(rows.map(({ slug, state, why }) => [slug, state, why])).toEqual([
      ['lost', 'problem', 'no device seen for 10 days'],
      ['held', 'attention', '1 device not pulling, 2 held writes open'],
      ['unbuilt', 'attention', '3 of 3 role databases not built yet'],
      ['unseen', 'attention', 'no device seen for 4 days'],
      ['new', 'quiet', 'no device has synced yet'],
      ['well', 'ok', undefined],
    ]);
    expect(rows.at(-1)).toMatchObject({ in: 3, out: 9, databases: [null, [5, 600, 7], null], readAt: ago(60_000) });
  });
});

it('writes amounts as people read them', () => {
  expect([0, 999, 1_000, 5_000_000, 100 * GB].map(bytesWords)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '5.0 MB',
    '100 GB',
  ]);
  expect([0.4, 1, 90, 119, 120, 7_200, 86_400 * 3].map(ageWords)).toEqual([
    '0 seconds',
    '1 second',
    '90 seconds',
    '119 seconds',
    '2 minutes',
    '2 hours',
    '3 days',
  ]);
});
