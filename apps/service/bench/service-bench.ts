/** The service under load, in a process of its own: speed, refusals, and memory over thousands of requests. */
import { type LoadResult, loadService } from './load-service.js';

export interface ServiceBenchOptions {
  /** Of a service that runs and does nothing else. */
  readonly url: string;
  /** Requests of the long run. */
  readonly requests: number;
  /** Between two looks at the memory. */
  readonly step: number;
  /** Clients that the service can serve: jobs and queue. */
  readonly capacity: number;
  readonly refine: 'none' | 'crf';
  readonly side: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

export interface ServiceBench {
  /** As many clients as the service holds: none is refused. */
  readonly steady: LoadResult[];
  /** Resident bytes of the service: after a warm-up, then after each step. */
  readonly memory: number[];
  /** Four times as many clients. */
  readonly overload: LoadResult;
  readonly memoryAfterOverload: number;
}

export async function benchService(options: ServiceBenchOptions): Promise<ServiceBench> {
  const { url, requests, step, capacity, refine, side, signal, onProgress } = options;
  const load = { url, refine, side };
  await loadService({ ...load, requests: 4 * capacity, clients: capacity });
  const memory = [await residentBytes(url)];
  const steady: LoadResult[] = [];
  for (let done = 0; done < requests; done += step) {
    signal?.throwIfAborted();
    onProgress?.(done, requests, `${(memory.at(-1)! / 1048576).toFixed(0)} MiB`);
    steady.push(await loadService({ ...load, requests: Math.min(step, requests - done), clients: capacity }));
    memory.push(await residentBytes(url));
  }
  signal?.throwIfAborted();
  onProgress?.(requests, requests, 'overload');
  const overload = await loadService({ ...load, requests: 2 * step, clients: 4 * capacity });
  return { steady, memory, overload, memoryAfterOverload: await residentBytes(url) };
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]);
}

/** The figures as a Markdown table. */
export function serviceReport({ steady, memory, overload, memoryAfterOverload }: ServiceBench): string {
  const mib = (bytes: number) => (bytes / 1048576).toFixed(0);
  const row = (name: string, result: LoadResult, bytes: number) =>
    `| ${[name, result.answered, result.refused, result.lost, result.mixedUp, result.failed, result.rate.toFixed(1), result.p50.toFixed(0), result.p99.toFixed(0), mib(bytes)].join(' | ')} |`;
  let sum = 0;
  const steps = steady.map((result, index) => {
    sum += result.answered + result.refused;
    return row(`after ${sum} requests`, result, memory[index + 1]!);
  });
  return [
    '| load | answered | 429 | lost | mixed up | other | answers/s | p50 ms | p99 ms | memory MiB |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    `| warmed up | | | | | | | | | ${mib(memory[0]!)} |`,
    ...steps,
    row('4 times as many clients', overload, memoryAfterOverload),
  ].join('\n');
}
