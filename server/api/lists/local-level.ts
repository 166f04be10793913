/** The folder of an index: the first of a few that no other process has. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import type { Logger } from '../../lib/logger.ts';
import type { Level } from './key-cursor.ts';

/** How many processes may have an index in the same folder. */
const MAX_PROCESSES = 64;

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;
const causeOf = (error: unknown): unknown => (error as { cause?: unknown } | undefined)?.cause;

/** Opens `<folder>/<n>`; `n` is the first that is free. */
export async function openLevel(folder: string, logger: Pick<Logger, 'warn'>): Promise<Level> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let n = 0; n < MAX_PROCESSES; n++) {
    const level = await openUnlessTaken(path.join(folder, String(n)), logger);
    if (level) return level;
  }
  throw new Error(`${folder} is in use by ${MAX_PROCESSES} processes: give this one a data folder of its own`);
}

/** What cannot be opened is made anew: it holds nothing that is not elsewhere. */
async function openUnlessTaken(location: string, logger: Pick<Logger, 'warn'>): Promise<Level | undefined> {
  try {
    return await open(location);
  } catch (error) {
    if (codeOf(causeOf(error)) === 'LEVEL_LOCKED') return undefined;
    logger.warn({ err: error }, 'the index of the lists cannot be read; it is made anew');
    await rm(location, { recursive: true, force: true });
    return await open(location);
  }
}

async function open(location: string): Promise<Level> {
  const level = new ClassicLevel(location);
  await level.open();
  return level;
}
