/** The terminal around work on many images: progress bar, results on standard output, failures, Ctrl-C. */
import { PocketlensError } from '../../models/base/errors.js';
import type { InputProgress, RunEnvironment } from '../files/run-inputs.js';
import { interruptible } from './interrupt.js';
import { type Progress, startProgress } from './progress.js';
import { ui, writeTo } from './ui.js';

/**
 * @param words the inputs as they stand on the command line.
 * @param describe one line about a finished image, for --verbose.
 * @throws what `work` throws, interrupted
 */
export async function onTerminal<Result>(
  words: readonly string[],
  describe: (progress: InputProgress<Result>) => string,
  work: (environment: RunEnvironment<Result> & { readonly signal: AbortSignal }) => Promise<void>,
): Promise<void> {
  if (words.includes('-') && process.stdin.isTTY) ui.note('Waiting for an image on standard input.');
  let bar: Progress | undefined;
  const around = (print: () => void) => (bar ? bar.around(print) : print());
  const environment: Omit<RunEnvironment<Result>, 'signal'> = {
    stdin: process.stdin,
    writeOut: async (data) => {
      // Results and the bar may meet on the same terminal.
      if (bar && process.stdout.isTTY) bar.around(() => process.stdout.write(data));
      else await writeTo(process.stdout, data);
    },
    onStart: async (total) => {
      bar = await startProgress(total, 'images');
    },
    onFailure: (error, file) => {
      const line = error instanceof PocketlensError ? error.toLine() : `internal: ${file}: ${error}`;
      around(() => ui.error(line, error));
    },
    onNote: (note) => around(() => ui.note(note)),
    onProgress: (progress) => {
      bar?.update(progress.done, progress.file);
      if (ui.isVerbose) ui.detail(describe(progress));
    },
  };
  try {
    await interruptible((signal) => {
      // Waiting for more of standard input must end as well. An input that nobody reads would throw the reason.
      const readsStdin = words.some((word) => word === '-' || word === '@-');
      if (readsStdin) signal.addEventListener('abort', () => process.stdin.destroy(signal.reason));
      return work({ ...environment, signal });
    });
  } finally {
    bar?.stop();
  }
}
