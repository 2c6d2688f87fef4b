/** The processor that latencies are measured on, and those of its features that decide how fast integers multiply. */
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';

export interface Processor {
  readonly name: string;
  readonly cores: number;
  /** Instruction sets for vectors and integer products that are present; empty where the system does not tell. */
  readonly features: readonly string[];
}

const FEATURES = [
  ...['sse4_2', 'avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx_vnni', 'avx512_bf16', 'amx_int8'],
  ...['asimd', 'asimddp', 'i8mm', 'bf16', 'sve'],
];

export async function thisProcessor(): Promise<Processor> {
  const name = cpus()[0]?.model.trim() || 'unknown';
  return { name, cores: availableParallelism(), features: await features() };
}

async function features(): Promise<string[]> {
  // Linux only; elsewhere there is no such file.
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1] ?? '';
  const present = new Set(line.trim().split(/\s+/));
  return FEATURES.filter((feature) => present.has(feature));
}
