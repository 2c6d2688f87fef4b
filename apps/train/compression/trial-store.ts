/** Trials of a search in its folder: `trials.jsonl`, a line each, and the graphs that pruning and tuning gave. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Passes, Trial, TrialStore } from '../../../compression/search/trials.js';
import { expected } from '../../../models/base/errors.js';
import { makeFolder } from '../../../models/base/make-folder.js';
import type { Graph } from '../../../models/graph/ir.js';
import { encodeGraph, loadGraph, saveGraph } from '../../../models/graph/serialize.js';

interface Line {
  /** Of the model and of what it is judged by. */
  readonly of: string;
  readonly trial: Trial;
}

/** @throws invalid_argument where there are trials that are not to be taken over */
export async function openTrialStore(
  folder: string,
  graph: Graph,
  judgedBy: string,
  resume: boolean,
): Promise<TrialStore> {
  const file = join(folder, 'trials.jsonl');
  if (!resume && existsSync(file)) {
    throw expected('invalid_argument', 'a folder without a search', 'the run folder', folder, {
      remedy: 'Go on with it by --resume, or name another folder by --run.',
    });
  }
  await makeFolder(folder);
  const of = hash(`${hash(encodeGraph(graph))} ${judgedBy}`);
  const known = (await readLines(file)).filter((line) => line.of === of).map(({ trial }) => trial);
  await endLastLine(file);
  return {
    // A trial that was completed for another goal stands there twice.
    find: (passes) => known.findLast((trial) => JSON.stringify(trial.passes) === JSON.stringify(passes)),
    async add(trial) {
      known.push(trial);
      await appendFile(file, `${JSON.stringify({ of, trial } satisfies Line)}\n`);
    },
    async pruned(passes: Passes, make) {
      const path = join(folder, `pruned-${hash(`${of} ${JSON.stringify(passes)}`).slice(0, 16)}.safetensors`);
      if (existsSync(path)) return loadGraph(path);
      const made = await make();
      await saveGraph(path, made);
      return made;
    },
  };
}

/** A line that a killed run left half written stays alone. */
async function endLastLine(file: string): Promise<void> {
  const text = existsSync(file) ? await readFile(file, 'utf8') : '';
  if (text === '' || !text.endsWith('\n')) await appendFile(file, text === '' ? '' : '\n');
}

/** A line that a killed run left half written is left out. */
async function readLines(file: string): Promise<Line[]> {
  if (!existsSync(file)) return [];
  return (await readFile(file, 'utf8')).split('\n').flatMap((text) => {
    try {
      return text ? [JSON.parse(text) as Line] : [];
    } catch {
      return [];
    }
  });
}

function hash(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
