/** A running program that answers each line on its standard input by one on its standard output. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { PocketlensError } from '../../../models/base/errors.js';
import type { PeerCommand } from './peers/peer.js';
import { ended, startProcess } from './process.js';

const MOST_STDERR = 4000;

export class LineProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  readonly #answers: AsyncIterator<string>;
  readonly #failed: (stderr: string) => PocketlensError;
  #stderr = '';

  /** @param failed what it means that the program ended, by what it said on standard error */
  constructor(
    command: PeerCommand,
    failed: (stderr: string) => PocketlensError,
    signal?: AbortSignal | undefined,
  ) {
    this.#failed = failed;
    this.#child = startProcess(command, signal);
    this.#ended = ended(this.#child, command, signal);
    this.#ended.catch(() => {});
    this.#child.stdin!.on('error', () => {}); // its end is told by the answers' end
    this.#child.stderr!.setEncoding('utf8').on('data', (data: string) => {
      this.#stderr = (this.#stderr + data).slice(-MOST_STDERR);
    });
    this.#answers = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  /** @throws what `failed` made, tool_missing, interrupted */
  async ask(line: string, signal?: AbortSignal): Promise<string> {
    signal?.throwIfAborted();
    this.#child.stdin!.write(`${line}\n`);
    const { value, done } = await this.#answers.next();
    if (!done) return value;
    await this.#ended;
    throw this.#failed(this.#stderr);
  }

  /** Ends its input and waits for it to end. */
  async close(): Promise<void> {
    this.#child.stdin!.end();
    await this.#ended.catch(() => {});
  }
}
