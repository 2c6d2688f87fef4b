/** Finds the subjects of many images and writes them: the command's work without its options and its terminal. */

import type { SaliencyModel } from '../../models/saliency/saliency.js';
import { DEFAULT_LIMITS, type DecodeLimits } from '../files/decode-image.js';
import { decodePicture } from '../files/decode-picture.js';
import { InOrder } from '../files/in-order.js';
import { expandInputs, type Input } from '../files/inputs.js';
import { inputGuard } from '../files/output-place.js';
import { type RunEnvironment, runInputs, throwFailed } from '../files/run-inputs.js';
import { WholeFile, writeFileWhole } from '../files/write-file.js';
import { encodePixels, FORMAT_SUFFIXES, type ImageFormat } from './encode.js';
import { findSubject, type Refinement } from './find-subject.js';
import { cropOf, type OutputOptions, renderOutput } from './make-output.js';
import type { NamedModel } from './open-model.js';
import { formatFor, type Output, type OutputPlan, planOutputs } from './outputs.js';
import type { Crop } from './render/crop.js';
import { subjectJson } from './render/json.js';
import { shrinkPicture } from './shrink-picture.js';
import type { Subject } from './subject.js';
import type { Threshold } from './threshold.js';

export interface SaliencyOptions extends OutputOptions {
  /** Files, folders, `-`, `@list`. */
  readonly inputs: readonly string[];
  readonly output?: Output;
  readonly format?: ImageFormat;
  /** 1 to 100, see `encodePixels`. */
  readonly quality?: number;
  /** Images are scaled down to sides of at most so many pixels first; results have that size too. */
  readonly maxSide?: number;
  /** A file, a folder or `-`; standard output when not given. */
  readonly path?: string;
  readonly refine: Refinement;
  readonly threshold: Threshold;
  /** Images that are worked on at a time. */
  readonly jobs: number;
  readonly limits?: Partial<DecodeLimits>;
}

export interface SaliencyEnvironment extends RunEnvironment<SaliencyResult> {
  /** Opened when the inputs are known; disposed of in the end. */
  readonly openModel: () => Promise<NamedModel>;
}

export interface SaliencyResult {
  readonly subject: Subject;
  /** For what all inputs share: a file's bytes or one line of JSON. */
  readonly shared?: string | Uint8Array;
}

/**
 * A file that cannot be read is reported and passed over when there are others.
 * @throws some_failed when one among several failed, a single input's own error, and whatever concerns all of them
 */
export async function runSaliency(options: SaliencyOptions, environment: SaliencyEnvironment): Promise<void> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const inputs = await expandInputs(options.inputs, { stdin: environment.stdin, maxBytes: limits.maxBytes });
  const plan = await planOutputs(inputs, options);
  const guard = inputGuard(inputs);
  if (plan.shared !== undefined && plan.shared !== '-') guard(plan.shared);
  await environment.onStart?.(inputs.length);
  const jobs = Math.min(options.jobs, inputs.length);
  const { model, id } = await environment.openModel();
  try {
    const sink = new SharedSink(plan.shared, environment.writeOut);
    const order = new InOrder<SaliencyResult>(async ({ shared }) => {
      if (shared !== undefined) await sink.write(shared);
    });
    const work = (input: Input, index: number) =>
      workOn(input, {
        options,
        environment,
        limits,
        plan,
        model,
        id,
        guard,
        index,
      });
    let failed: unknown[];
    try {
      failed = await runInputs(
        inputs,
        { jobs, work, put: (index, result) => order.put(index, result) },
        environment,
      );
      await order.settled();
      await sink.finish();
    } catch (error) {
      await sink.discard();
      throw error;
    }
    throwFailed(failed, inputs.length, 'find the subjects of');
  } finally {
    await model.dispose();
  }
}

interface Job {
  readonly options: SaliencyOptions;
  readonly environment: SaliencyEnvironment;
  readonly limits: DecodeLimits;
  readonly plan: OutputPlan;
  readonly model: SaliencyModel;
  readonly id: string;
  readonly guard: (path: string) => void;
  readonly index: number;
}

async function workOn(input: Input, job: Job): Promise<SaliencyResult> {
  const { options, environment, limits, plan, model } = job;
  const { refine, threshold } = options;
  const { signal } = environment;
  signal?.throwIfAborted();
  const started = performance.now();
  const picture = await shrinkPicture(await decodePicture(input.source, limits), options.maxSide);
  const decode = performance.now() - started;
  const subject = await findSubject(picture, model, { refine, threshold, ...(signal && { signal }) });
  const crop = cropOf(plan.output, subject, options);
  for (const note of notesOn(picture.pages, subject, crop)) environment.onNote?.(`${input.file}: ${note}`);
  const own = plan.own?.[job.index];
  const deliver = async (data: string | Uint8Array, suffix: string): Promise<SaliencyResult> => {
    if (own === undefined) return { subject, shared: data };
    job.guard(own + suffix);
    await writeFileWhole(own + suffix, data);
    return { subject };
  };
  if (plan.output === 'json') {
    const context = { model: job.id, refine, file: input.file, decode };
    const json = subjectJson(subject, { ...context, ...(crop && { crop }) });
    return deliver(`${JSON.stringify(json, undefined, plan.inLines ? undefined : 2)}\n`, '.json');
  }
  const pixels = renderOutput(plan.output, picture, subject, options);
  const format = plan.format ?? formatFor(plan.output, picture.kind, pixels.channels !== 4);
  signal?.throwIfAborted();
  const { quality } = options;
  const bytes = await encodePixels(pixels, format, {
    threads: limits.threads,
    ...(quality !== undefined && { quality }),
  });
  return deliver(bytes, FORMAT_SUFFIXES[format][0]);
}

/** What people should know about a result, which is no failure. */
function notesOn(pages: number, subject: Subject, crop: Crop | undefined): string[] {
  const notes: string[] = [];
  if (pages > 1) notes.push(`only the first of ${pages} pages was looked at.`);
  if (subject.boxes.length === 0) notes.push('nothing stands out.');
  else if (crop && !crop.keepsSubject)
    notes.push('the subject does not fit into a crop of this ratio; the crop holds what stands out most.');
  return notes;
}

/** The file or the standard output that inputs share. A file appears only if one of them succeeded. */
class SharedSink {
  readonly #path: string | undefined;
  readonly #writeOut: RunEnvironment<unknown>['writeOut'];
  #file: WholeFile | undefined;

  constructor(path: string | undefined, writeOut: RunEnvironment<unknown>['writeOut']) {
    this.#path = path;
    this.#writeOut = writeOut;
  }

  async write(data: string | Uint8Array): Promise<void> {
    if (this.#path === '-') return this.#writeOut(data);
    this.#file ??= await WholeFile.create(this.#path!);
    await this.#file.append(data);
  }

  async finish(): Promise<void> {
    await this.#file?.commit();
  }

  async discard(): Promise<void> {
    await this.#file?.discard();
  }
}
