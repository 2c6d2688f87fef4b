/** What the command says to people, all of it on standard error. Respects --quiet, --verbose, NO_COLOR and pipes. */
import { unwritable } from '../files/write-file.js';

let verbose = false;
let quiet = false;

const STYLES = { red: 31, green: 32, yellow: 33 } as const;

export const ui = {
  configure(options: { verbose: boolean; quiet: boolean }): void {
    verbose = options.verbose;
    quiet = options.quiet;
  },

  get isVerbose(): boolean {
    return verbose;
  },

  /** Whether a progress bar may be drawn. */
  get isInteractive(): boolean {
    return process.stderr.isTTY === true && !quiet;
  },

  /** Whether a stream shows colours: a terminal, unless NO_COLOR is set. */
  hasColour(stream: NodeJS.WriteStream): boolean {
    return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  },

  /** Colours text where standard error shows colours. */
  paint(style: keyof typeof STYLES, text: string): string {
    return ui.hasColour(process.stderr) ? `\x1b[${STYLES[style]}m${text}\x1b[39m` : text;
  },

  /** A note, left out under --quiet. */
  note(text: string): void {
    if (!quiet) process.stderr.write(`${text}\n`);
  },

  /** A note for the curious, only under --verbose. */
  detail(text: string): void {
    if (verbose) process.stderr.write(`${text}\n`);
  },

  /** `pocketlens: <line>`; under --verbose the stack of `cause` follows. */
  error(line: string, cause?: unknown): void {
    process.stderr.write(`${ui.paint('red', 'pocketlens:')} ${line}\n`);
    if (!verbose) return;
    for (let error = cause; error instanceof Error; error = error.cause)
      process.stderr.write(`${error.stack}\n`);
  },
};

/** Writes to a stream and waits until it took all of it. @throws output_unwritable */
export function writeTo(stream: NodeJS.WritableStream, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => (error ? reject(unwritable('the output', error)) : resolve()));
  });
}
