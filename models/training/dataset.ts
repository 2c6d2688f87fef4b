/** Where batches come from. The loop knows nothing of rendering, files or threads. */
export interface Dataset<Batch> {
  /** The next batch; the stream never ends. */
  next(): Promise<Batch>;
  /** Position in the stream as JSON, so that a resumed run does not see the same samples again. */
  state(): DatasetState;
  close(): Promise<void>;
}

export type DatasetState = Readonly<Record<string, number>>;
