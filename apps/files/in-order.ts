/** Puts results that come in any order into the order of their inputs. */
export class InOrder<Result> {
  readonly #take: (result: Result) => Promise<void>;
  /** Results that came before their turn; undefined for a failed input. */
  readonly #waiting = new Map<number, Result | undefined>();
  #next = 0;
  #queue: Promise<void> = Promise.resolve();

  /** @param take gets the results of the inputs that did not fail, one at a time. */
  constructor(take: (result: Result) => Promise<void>) {
    this.#take = take;
  }

  /** Gives input `index` its result; resolves when all that could be taken is. */
  put(index: number, result: Result | undefined): Promise<void> {
    this.#waiting.set(index, result);
    this.#queue = this.#queue.then(() => this.#flush());
    return this.#queue;
  }

  /** Resolves when everything put in so far is taken. */
  settled(): Promise<void> {
    return this.#queue;
  }

  async #flush(): Promise<void> {
    for (; this.#waiting.has(this.#next); this.#next++) {
      const result = this.#waiting.get(this.#next);
      this.#waiting.delete(this.#next);
      if (result !== undefined) await this.#take(result);
    }
  }
}
