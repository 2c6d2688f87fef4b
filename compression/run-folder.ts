/**
 * A compression run in its folder: `run.json` (what was asked), and for the input and after every pass
 * `stage-NN.safetensors` (the graph) and `stage-NN.json` (report, figures), last `result.json`. Each is written by rename,
 * a stage's JSON after its graph, so a run killed at any time resumes from the stage before.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expected, PocketlensError } from '../models/base/errors.js';
import { makeFolder } from '../models/base/make-folder.js';
import type { Graph } from '../models/graph/ir.js';
import { encodeGraph, loadGraph, saveGraph } from '../models/graph/serialize.js';
import type { LatencyReport } from './measure/latency.js';
import type { Measurement } from './measure/measure.js';
import type { Evaluation, Pass, PassReport } from './pass.js';
import type { RecipeJson } from './recipe.js';

/** The graph after a pass (or, as stage 0, the input) and what is known of it. */
export interface Stage {
  readonly index: number;
  /** "input" for stage 0. */
  readonly pass: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Of everything that this stage follows from. */
  readonly hash: string;
  readonly seconds: number;
  readonly report?: PassReport;
  readonly evaluation?: Evaluation;
  readonly measurement?: Measurement;
}

export interface RunDescription {
  readonly model: string;
  readonly recipe: RecipeJson;
  readonly seed: number;
}

export interface RunOutcome {
  /** The stage whose graph is the result. */
  readonly kept: number;
  /** Why later stages are not: one sentence. */
  readonly stopped?: string;
  readonly latency?: LatencyReport;
}

export interface RunRecord {
  readonly description: RunDescription;
  readonly stages: readonly Stage[];
  readonly outcome?: RunOutcome;
}

export class RunFolder {
  constructor(readonly path: string) {}

  /** @throws output_unwritable, invalid_argument where there is a run that is not to be resumed */
  async open(description: RunDescription, resume: boolean): Promise<void> {
    // A run that was refused before its input was kept has nothing to go on with.
    if (!resume && existsSync(join(this.path, 'run.json')) && existsSync(this.#stagePath(0))) {
      throw expected('invalid_argument', 'a folder without a run', 'the run folder', this.path, {
        remedy: 'Go on with it by --resume, or name another folder by --run.',
      });
    }
    await this.#writing(async () => {
      await makeFolder(this.path);
      await writeByRename(join(this.path, 'run.json'), toJson(description));
      await rm(join(this.path, 'result.json'), { force: true });
    });
  }

  /** A stage that is whole and follows from what `hash` says; undefined where there is none. */
  async load(index: number, hash: string): Promise<{ stage: Stage; graph: Graph } | undefined> {
    if (!existsSync(this.#stagePath(index)) || !existsSync(this.graphPath(index))) return undefined;
    try {
      const stage = await parseJson<Stage>(this.#stagePath(index));
      return stage.hash === hash ? { stage, graph: await loadGraph(this.graphPath(index)) } : undefined;
    } catch (error) {
      // A damaged stage is done over.
      if (error instanceof PocketlensError) return undefined;
      throw error;
    }
  }

  async save(stage: Stage, graph: Graph): Promise<void> {
    await this.#writing(async () => {
      // Later stages follow from another one of this number.
      await this.#removeFrom(stage.index + 1);
      // Until the graph is there, no JSON may vouch for it.
      await rm(this.#stagePath(stage.index), { force: true });
      await saveGraph(this.graphPath(stage.index), graph);
      await writeByRename(this.#stagePath(stage.index), toJson(stage));
    });
  }

  /** The end of a run of `count` stages; what a longer run left behind goes. */
  async finish(outcome: RunOutcome, count: number): Promise<void> {
    await this.#writing(async () => {
      await this.#removeFrom(count);
      await writeByRename(join(this.path, 'result.json'), toJson(outcome));
    });
  }

  async #removeFrom(first: number): Promise<void> {
    for (const name of await readdir(this.path)) {
      const index = Number(/^stage-(\d+)\.(json|safetensors)$/.exec(name)?.[1] ?? -1);
      if (index >= first) await rm(join(this.path, name), { force: true });
    }
  }

  graphPath(index: number): string {
    return join(this.path, `${stageName(index)}.safetensors`);
  }

  #stagePath(index: number): string {
    return join(this.path, `${stageName(index)}.json`);
  }

  async #writing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      if (cause instanceof PocketlensError) throw cause;
      throw new PocketlensError(
        'output_unwritable',
        `Expected to write the run folder ${this.path} but failed: ${(cause as Error).message}.`,
        { remedy: 'Choose another folder by --run.', cause },
      );
    }
  }
}

/** Everything a run has written so far. @throws input_not_found, invalid_data */
export async function readRun(path: string): Promise<RunRecord> {
  const file = join(path, 'run.json');
  if (!existsSync(file)) {
    throw expected('input_not_found', 'a compression run', 'the folder', path, {
      remedy: 'Name the folder that `pocketlens compress` was given by --run.',
    });
  }
  const names = (await readdir(path)).filter((name) => /^stage-\d+\.json$/.test(name)).sort();
  const stages: Stage[] = [];
  for (const name of names) stages.push(await parseJson<Stage>(join(path, name)));
  const result = join(path, 'result.json');
  return {
    description: await parseJson<RunDescription>(file),
    stages,
    ...(existsSync(result) && { outcome: await parseJson<RunOutcome>(result) }),
  };
}

/** What a stage follows from: the stage before, the pass, the seed, and which data it was judged by. */
export function stageHash(before: string, pass: Pass, seed: number, judged: string): string {
  return sha256(`${before}\n${pass.name}\n${JSON.stringify(pass.options)}\n${seed}\n${judged}`);
}

export function graphHash(graph: Graph, judged: string): string {
  return sha256(`${sha256(encodeGraph(graph))}\n${judged}`);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

const stageName = (index: number) => `stage-${String(index).padStart(2, '0')}`;

const toJson = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;

async function parseJson<T>(file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (cause) {
    throw new PocketlensError('invalid_data', `Expected JSON in ${file} but it does not parse.`, {
      remedy: 'Remove the file and resume the run.',
      cause,
    });
  }
}

async function writeByRename(file: string, content: string): Promise<void> {
  await writeFile(`${file}.part`, content);
  await rename(`${file}.part`, file);
}
