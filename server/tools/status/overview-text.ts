/** The overview as text for a terminal. */
import CliTable from 'cli-table3';
import type { Finding } from '../../admin/overview/findings.ts';
import type { Overview } from '../../admin/overview/overview.ts';
import { ageWords } from '../../admin/overview/words.ts';

const WIDTH = 100;
const NAMES = { ok: 'OK', attention: 'ATTENTION', problem: 'PROBLEM' } as const;

export function overviewText(overview: Overview): string {
  const { health, findings } = overview;
  const lines = [`${NAMES[health.state]}: ${health.sentence}`, ...wrapped(health.action ?? '', '  ')];
  if (findings.length > 0) lines.push('', ...findings.flatMap((finding) => findingLines(finding, overview.at)));
  return `${lines.join('\n')}\n\n${tableOf(overview)}\n`;
}

function findingLines({ severity, sentence, since }: Finding, at: string): string[] {
  const age = since === undefined ? '' : ` (for ${ageOf(since, at)})`;
  return wrapped(`${severity.padEnd(11)}  ${sentence}${age}`, ' '.repeat(13));
}

function tableOf(overview: Overview): string {
  const table = new CliTable({ style: { head: [], border: [], compact: true } });
  for (const [name, value] of rowsOf(overview)) table.push({ [name]: value });
  return table.toString();
}

function rowsOf(overview: Overview): [string, string][] {
  const { clinics, roleDatabases, devices, heldWrites, store, projector, build, perMinute, serverErrors } = overview;
  return [
    ['clinics', `${clinics.count}, ${clinics.unseen} not heard of for 3 days`],
    ['role databases', `${roleDatabases.serving} serving, ${roleDatabases.building} being built`],
    ['devices', devices ? devicesText(devices) : 'not counted yet'],
    ['changes to pull', devices ? toPullText(devices, overview.at) : 'not counted yet'],
    [
      'held writes',
      heldWrites ? `${heldWrites.open} open${oldest(heldWrites.oldestAt, overview.at)}` : 'not counted yet',
    ],
    ['store', `${store.kind}, ${store.reachable ? 'reachable' : 'NOT reachable'}`],
    ['projector', projectorText(projector)],
    ...(build ? [['build', `${build.done} of ${build.total} documents`] as [string, string]] : []),
    [
      'a minute',
      `${perMinute.writesAccepted} writes stored, ${perMinute.writesRefused} refused, ${perMinute.documentsOut} documents sent`,
    ],
    ['server errors', `${serverErrors.lastFiveMinutes} in 5 minutes, ${serverErrors.lastHour} in an hour`],
    ['server', `version ${overview.version}, up for ${ageWords(overview.uptimeSeconds)}`],
  ];
}

const devicesText = ({ synced, connected, seenLastDay, silent }: NonNullable<Overview['devices']>): string =>
  `${synced}; ${connected} connected, ${seenLastDay} seen in 24 hours, ${silent} not for 7 days`;

function toPullText({ behind, upToDate, notCounted, countedAt }: NonNullable<Overview['devices']>, at: string): string {
  if (behind === undefined) return 'not counted';
  const age = countedAt === undefined ? '' : `; oldest count ${ageOf(countedAt, at)} old`;
  return `${behind} devices behind, ${upToDate} up to date${notCounted ? `, ${notCounted} not counted yet` : ''}${age}`;
}

function projectorText({ paused, failing, lagSeconds, pending }: Overview['projector']): string {
  const state = failing ? 'FAILING' : paused ? 'PAUSED' : 'running';
  return `${state}, ${ageWords(lagSeconds)} and ${pending} changes behind`;
}

const oldest = (oldestAt: string | undefined, at: string): string =>
  oldestAt === undefined ? '' : `, the oldest for ${ageOf(oldestAt, at)}`;

const ageOf = (since: string, at: string): string =>
  ageWords(Math.max(0, (Date.parse(at) - Date.parse(since)) / 1_000));

/** Broken between words; every line but the first begins with `indent`. */
function wrapped(text: string, indent: string): string[] {
  if (text === '') return [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && `${line} ${word}`.length > WIDTH) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
