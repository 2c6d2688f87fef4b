/** Counts the bytes of answers that wait for their clients to take them: slow readers must not fill the memory. */
export class UnsentBytes {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** A function that is called when the answer is away, or undefined where too much waits; one answer alone may be larger. */
  hold(bytes: number): (() => void) | undefined {
    if (this.#held > 0 && this.#held + bytes > this.#most) return undefined;
    this.#held += bytes;
    let isHeld = true;
    return () => {
      if (isHeld) this.#held -= bytes;
      isHeld = false;
    };
  }
}
