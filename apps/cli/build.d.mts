/** Compiles the sources to `dist/` where one is newer than the last build. @param root the checkout; this one by default */
export function ensureBuilt(root?: string): Promise<void>;
/** Compiles all of them, and deletes what has no source any more. */
export function build(root?: string): Promise<void>;
