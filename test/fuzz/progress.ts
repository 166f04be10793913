/** How far a run is: a bar on a terminal, a line now and then anywhere else. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  step(): void;
  end(): void;
}

const LINE_EVERY_PERCENT = 10;

export function barOf(total: number, stream: NodeJS.WritableStream = process.stderr): Progress {
  const format = '{bar} {value}/{total} {duration_formatted}, {eta_formatted} left';
  const bar = new SingleBar({ stream, format, hideCursor: true }, Presets.shades_classic);
  bar.start(total, 0);
  return { step: () => bar.increment(), end: () => bar.stop() };
}

export function linesOf(total: number, stream: NodeJS.WritableStream = process.stderr): Progress {
  let done = 0;
  const step = () => {
    const [before, percent] = [done, done + 1].map((count) => Math.floor((100 * count) / total / LINE_EVERY_PERCENT));
    done++;
    if (before !== percent) stream.write(`${(percent ?? 0) * LINE_EVERY_PERCENT} %\n`);
  };
  return { step, end: () => {} };
}
