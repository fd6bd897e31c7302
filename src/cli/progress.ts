import cliProgress from 'cli-progress';
import type { OutStream, Style } from './io.ts';

/** Shows how far long work is; on stderr, and only where somebody looks. */
export interface Progress {
  /** A line of its own for one part of the work. */
  step(name: string): ProgressStep;
  /** A lasting line. */
  note(text: string): void;
  /** Ends all movement and leaves the last words of the steps; notes may follow. */
  stop(): void;
  /** Ends all movement and takes the moving lines away, where the result says it all anyway. */
  clear(): void;
}

export interface ProgressStep {
  /** `total` null: not known. */
  at(done: number, total: number | null): void;
  /** The last word on the step, such as its counts. */
  end(text: string): void;
}

/** How progress is shown: moving (a terminal), lines (accessible) or not at all. */
export type ProgressKind = 'moving' | 'lines' | 'none';

export function progressKind(
  stream: OutStream,
  style: Style,
  flags: { json: boolean; quiet: boolean },
): ProgressKind {
  if (flags.json || flags.quiet || stream.isTTY !== true) return 'none';
  return style.accessible || style.plain ? 'lines' : 'moving';
}

export function createProgress(stream: OutStream, kind: ProgressKind, quiet: boolean): Progress {
  const note = (text: string) => void (quiet || stream.write(`${text}\n`));
  if (kind === 'moving') return createMovingProgress(stream, note);
  const step = kind === 'lines' ? (name: string) => createLineStep(name, note) : createSilentStep;
  return { step, note, stop: () => {}, clear: () => {} };
}

function createSilentStep(): ProgressStep {
  return { at: () => {}, end: () => {} };
}

/** One line per 10 %, for screen readers. */
function createLineStep(name: string, note: (text: string) => void): ProgressStep {
  let shown = 0;
  return {
    at: (done, total) => {
      const tenth = total ? Math.floor((done * 10) / total) : 0;
      if (tenth <= shown || tenth >= 10) return;
      shown = tenth;
      note(`${name}: ${tenth * 10} %`);
    },
    end: (text) => note(`${name}: ${text}`),
  };
}

/** Long enough for most objects' names. */
const nameWidth = 24;

function createMovingProgress(stream: OutStream, note: (text: string) => void): Progress {
  let bars: cliProgress.MultiBar | null = null;
  const open = () => {
    bars ??= new cliProgress.MultiBar({
      stream: stream as NodeJS.WritableStream,
      format: formatBar,
      hideCursor: true,
      clearOnComplete: false,
      forceRedraw: true,
      autopadding: true,
    });
    return bars;
  };
  const end = (isCleared: boolean) => {
    if (bars === null) return;
    // @types/cli-progress does not know that a multi-bar keeps its options where they can be changed.
    Object.assign((bars as unknown as { options: cliProgress.Options }).options, {
      clearOnComplete: isCleared,
    });
    bars.stop();
    bars = null;
    if (!isCleared) stream.write('\n');
  };
  const stop = () => end(false);
  return {
    stop,
    clear: () => end(true),
    note: (text) => {
      stop();
      note(text);
    },
    step: (name) => {
      const bar = open().create(0, 0, { name, text: '' });
      return {
        at: (done, total) => {
          if (total !== null) bar.setTotal(total);
          bar.update(done, { name, text: '' });
        },
        end: (text) => {
          bar.update({ name, text });
          bar.stop();
        },
      };
    },
  };
}

/** `  Deal            18,400 of 41,873   44 %`, and in the end the counts that the step ended with. */
function formatBar(
  _options: cliProgress.Options,
  params: cliProgress.Params,
  payload: { name: string; text: string },
): string {
  const name = `  ${payload.name.padEnd(nameWidth)}`;
  if (payload.text !== '') return `${name}  ${payload.text}`;
  const done = params.value.toLocaleString('en-US');
  if (params.total <= 0) return `${name}  ${done}`;
  const percent = Math.floor((Math.min(params.value, params.total) * 100) / params.total);
  return `${name}  ${done} of ${params.total.toLocaleString('en-US')}   ${percent} %`;
}
