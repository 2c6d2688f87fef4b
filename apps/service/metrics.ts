/** What the service counts, in Prometheus' words. Each server has a registry of its own. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ComputeEngine, StageTimes } from './compute/engine.js';
import type { JobQueue } from './job-queue.js';
import type { UploadSlots } from './upload-slots.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface MetricsSources {
  readonly engine: ComputeEngine;
  readonly queue: JobQueue;
  readonly uploads: UploadSlots;
}

export class ServiceMetrics {
  readonly registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #stages: Histogram<'route' | 'stage'>;
  readonly #problems: Counter<'route' | 'code'>;
  readonly #disconnects: Counter<'route'>;

  constructor({ engine, queue, uploads }: MetricsSources) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'From the head of a request to the end of its answer, by the template of its route.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    });
    this.#stages = new Histogram({
      name: 'pocketlens_stage_duration_seconds',
      help: 'Stages of the work on one image: queue, decode, infer, refine, encode.',
      labelNames: ['route', 'stage'],
      buckets: SECONDS,
      registers,
    });
    this.#problems = new Counter({
      name: 'pocketlens_problems_total',
      help: 'Answers that were problems, by code.',
      labelNames: ['route', 'code'],
      registers,
    });
    this.#disconnects = new Counter({
      name: 'pocketlens_disconnects_total',
      help: 'Clients that left before their answer.',
      labelNames: ['route'],
      registers,
    });
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    gauge('pocketlens_queue_length', 'Images that wait for a thread.', () => queue.waiting);
    gauge('pocketlens_jobs_running', 'Images that are worked on.', () => queue.running);
    gauge('pocketlens_uploads', 'Bodies that are being received.', () => uploads.taken);
    const info = new Gauge({
      name: 'pocketlens_model_info',
      help: 'The models in use; always 1.',
      labelNames: ['kind', 'model'],
      aggregator: 'first',
      registers,
    });
    for (const { kind, id } of engine.models) info.set({ kind, model: id }, 1);
  }

  observeRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  observeStages(route: string, times: StageTimes): void {
    for (const [stage, milliseconds] of Object.entries(times))
      this.#stages.observe({ route, stage }, milliseconds / 1000);
  }

  countProblem(route: string, code: string): void {
    this.#problems.inc({ route, code });
  }

  countDisconnect(route: string): void {
    this.#disconnects.inc({ route });
  }
}
