/** Opens something when it is first asked for, once; after a failure the next call tries again. */
export class Lazy<T extends { dispose(): Promise<void> }> {
  readonly #open: () => Promise<T>;
  #value: Promise<T> | undefined;

  constructor(open: () => Promise<T>) {
    this.#open = open;
  }

  get(): Promise<T> {
    this.#value ??= this.#open().catch((error) => {
      this.#value = undefined;
      throw error;
    });
    return this.#value;
  }

  async dispose(): Promise<void> {
    const value = this.#value;
    this.#value = undefined;
    await (await value?.catch(() => undefined))?.dispose();
  }
}
