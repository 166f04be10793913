import { Presets, SingleBar } from 'cli-progress';
import type { ImportProgress } from './import-source.ts';

/** Where text for a person goes; a terminal where `isTTY` is true. */
export type TextOutput = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface ProgressDisplay {
  show(progress: ImportProgress): void;
  /** Leaves what is shown and frees the line. */
  end(): void;
}

const LABELS = { reading: 'Reading', writing: 'Writing' } as const;
/** On a log file, a line for each such part of a stage. */
const LINE_EVERY_PERCENT = 10;

/** A bar per stage on a terminal, a line now and then anywhere else. */
export const progressDisplay = (output: TextOutput): ProgressDisplay =>
  output.isTTY ? barDisplay(output) : lineDisplay(output);

function barDisplay(stream: TextOutput): ProgressDisplay {
  let bar: SingleBar | undefined;
  let stage: ImportProgress['stage'] | undefined;
  const end = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    end,
    show(progress) {
      if (progress.stage !== stage) {
        end();
        stage = progress.stage;
        bar = new SingleBar(
          { stream, format: `${LABELS[stage]} {bar} {percentage}% {duration_formatted}`, hideCursor: true },
          Presets.shades_classic,
        );
        bar.start(progress.total, 0);
      }
      bar?.update(progress.done);
    },
  };
}

function lineDisplay(output: TextOutput): ProgressDisplay {
  let shown = '';
  return {
    end: () => {},
    show({ stage, done, total }) {
      const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
      const line = `${LABELS[stage]} ${percent - (percent % LINE_EVERY_PERCENT)} %\n`;
      if (line === shown) return;
      shown = line;
      output.write(line);
    },
  };
}
