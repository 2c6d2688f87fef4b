/** A progress bar on standard error; silent where that is no terminal or under --quiet. */
import { ui } from './ui.js';

export interface Progress {
  /** @param done steps finished so far. @param note shown behind the bar. */
  update(done: number, note?: string): void;
  /** Clears the bar, runs `print`, and draws it again. */
  around(print: () => void): void;
  stop(): void;
}

/** The steps of a bench: a bar on a terminal, else the notes, under --verbose. */
export interface BenchProgress {
  /** @param total may come late: the bar starts with the first call */
  update(this: void, done: number, total: number, note: string): void;
  /** Awaited before anything else is printed. */
  stop(): Promise<void>;
}

const silent: Progress = { update: () => {}, around: (print) => print(), stop: () => {} };

export async function startProgress(total: number, unit: string): Promise<Progress> {
  if (!ui.isInteractive || total < 2) return silent;
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar(
    {
      format: `{bar} {value}/{total} ${unit}, {eta_formatted} left {note}`,
      stream: process.stderr,
      clearOnComplete: true,
      // Both would meddle with Ctrl-C: it may end the process at once, and is for the command to handle.
      hideCursor: false,
      gracefulExit: false,
      etaBuffer: 50,
    },
    ui.hasColour(process.stderr) ? cliProgress.Presets.shades_classic : cliProgress.Presets.legacy,
  );
  bar.start(total, 0, { note: '' });
  return {
    update: (done, note = '') => bar.update(done, { note }),
    around: (print) => {
      process.stderr.write('\r\x1b[K');
      print();
      bar.render();
    },
    stop: () => bar.stop(),
  };
}

export function benchProgress(unit: string): BenchProgress {
  let bar: Promise<Progress> | undefined;
  let last = '';
  return {
    update: (done, total, note) => {
      bar ??= startProgress(total, unit);
      void bar.then((it) => it.update(done, note));
      if (note !== last && !ui.isInteractive) ui.detail(note);
      last = note;
    },
    stop: async () => (await bar)?.stop(),
  };
}
