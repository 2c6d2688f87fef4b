/** Writes the results that many inputs share, in the inputs' order, whatever order they come in. */
import { InOrder } from '../files/in-order.js';
import { WholeFile } from '../files/write-file.js';
import type { ReadDocument } from './document.js';
import type { FormatContext } from './formats/format.js';
import { FORMATS } from './formats/formats.js';
import type { Target } from './outputs.js';

/** Formats with a separator are written as the documents come; the others wait for the last. */
export class ResultWriter {
  readonly #sinks: Sink[];
  readonly #order: InOrder<ReadDocument>;

  constructor(
    targets: readonly Target[],
    context: FormatContext,
    writeOut: (data: string | Uint8Array) => Promise<void>,
  ) {
    this.#sinks = targets.map((target) => new Sink(target, context, writeOut));
    this.#order = new InOrder(async (document) => {
      for (const sink of this.#sinks) await sink.add(document);
    });
  }

  /** Takes the result of input `index`; resolves when all that could be written is. */
  put(index: number, document: ReadDocument | undefined): Promise<void> {
    return this.#order.put(index, document);
  }

  /** Writes what is left and gives the files their names. Where no input could be read, no file appears. */
  async finish(): Promise<void> {
    await this.#order.settled();
    for (const sink of this.#sinks) await sink.finish();
  }

  async discard(): Promise<void> {
    for (const sink of this.#sinks) await sink.discard();
  }
}

class Sink {
  readonly #documents: ReadDocument[] = [];
  #file: WholeFile | undefined;
  #count = 0;

  constructor(
    readonly target: Target,
    readonly context: FormatContext,
    readonly writeOut: (data: string | Uint8Array) => Promise<void>,
  ) {}

  async add(document: ReadDocument): Promise<void> {
    const { separator, write } = FORMATS[this.target.format] as import('./formats/format.js').Format;
    this.#count++;
    if (!separator) {
      this.#documents.push(document);
      return;
    }
    if (this.#count > 1) await this.#emit(separator(this.context));
    await this.#emit(await write([document], this.context));
  }

  async finish(): Promise<void> {
    if (this.#documents.length > 0)
      await this.#emit(await FORMATS[this.target.format].write(this.#documents, this.context));
    await this.#file?.commit();
  }

  async discard(): Promise<void> {
    await this.#file?.discard();
  }

  async #emit(data: string | Uint8Array): Promise<void> {
    if (this.target.path !== '-') {
      this.#file ??= await WholeFile.create(this.target.path);
      await this.#file.append(data);
    } else if (data.length > 0) await this.writeOut(data);
  }
}
