/** What a bench ran on, as tables say it. */
import { availableParallelism, cpus } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
}

export function thisMachine(): Machine {
  return { processor: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() };
}

/** "2 threads on AMD EPYC (2 cores)" */
export function threadsOn(threads: number, { processor, cores }: Machine): string {
  const many = threads === 1 ? 'one thread' : `${threads} threads`;
  return `${many} on ${processor} (${cores} cores)`;
}
