/** Opens something when it is first asked for, once; after a failure the next call tries again. */
export class Lazy<T> {
  readonly #open: () => Promise<T>;
  readonly #close: (value: T) => Promise<void>;
  #value: Promise<T> | undefined;

  /** @param close frees what was opened, where that needs to be */
  constructor(open: () => Promise<T>, close: (value: T) => Promise<void> = async () => {}) {
    this.#open = open;
    this.#close = close;
  }

  get(): Promise<T> {
    this.#value ??= this.#open().catch((error) => {
      this.#value = undefined;
      throw error;
    });
    return this.#value;
  }

  async dispose(): Promise<void> {
    const opened = this.#value;
    this.#value = undefined;
    const value = await opened?.catch(() => undefined);
    if (value !== undefined) await this.#close(value);
  }
}
