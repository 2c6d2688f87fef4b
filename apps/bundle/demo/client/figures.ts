/// <reference lib="dom" />
/** Tables of the panel: time of each stage, bytes of what was loaded. */
import { element } from '../../../service/page/client/dom.js';
import type { EngineState, LoadedFile, Timings } from '../protocol.js';

export function milliseconds(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** Millions, as networks and stores count. */
export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A part of what was loaded. */
function sizeRow(name: string, bytes: number): HTMLTableRowElement {
  const line = row(name, megabytes(bytes));
  line.dataset.bytes = String(bytes);
  return line;
}

function row(name: string, value: string, kind?: 'sum' | 'share', share = 0): HTMLTableRowElement {
  const line = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  head.textContent = name;
  const cell = document.createElement('td');
  cell.textContent = value;
  if (kind) line.className = kind;
  if (kind === 'share') line.style.setProperty('--share', share.toFixed(3));
  line.append(head, cell);
  return line;
}

export function drawTimes(timings: Timings): void {
  const sum = timings.reduce((total, [, ms]) => total + ms, 0);
  element('times', HTMLTableSectionElement).replaceChildren(
    ...timings.map(([stage, ms]) => row(stage, milliseconds(ms), 'share', sum > 0 ? ms / sum : 0)),
    row('Total', milliseconds(sum), 'sum'),
  );
}

/** What the page's own thread has loaded: itself. */
function pageBytes(): { bytes: number; transferred: number } {
  const entries = [
    ...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource'),
  ] as PerformanceResourceTiming[];
  return {
    bytes: entries.reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0),
    transferred: entries.reduce((sum, { transferSize }) => sum + transferSize, 0),
  };
}

export function drawLoads(files: readonly LoadedFile[], state: EngineState | undefined): void {
  const page = pageBytes();
  const runtime = files.filter(({ what }) => what === 'runtime');
  const models = files.filter(({ what }) => what === 'models');
  const total = (list: readonly { bytes: number }[]) => list.reduce((sum, { bytes }) => sum + bytes, 0);
  const bytes = page.bytes + total(files);
  const transferred = files.reduce((sum, file) => sum + file.transferred, page.transferred);
  const nameOf = (path: string) => path.split('/').slice(1).join('/') || path;
  element('loads', HTMLTableSectionElement).replaceChildren(
    sizeRow('This page', page.bytes),
    ...(runtime.length > 0
      ? [sizeRow(`ONNX Runtime${state ? `, ${ENGINE_NAMES[state.engine]}` : ''}`, total(runtime))]
      : []),
    ...models.map((file) => sizeRow(nameOf(file.path), file.bytes)),
    row('Total', megabytes(bytes), 'sum'),
    row('over the network', megabytes(transferred)),
  );
}

export const ENGINE_NAMES = { webgpu: 'WebGPU', wasm: 'WebAssembly' } as const;

export function engineText({ engine, threads, models }: EngineState): string {
  const threading = threads === 1 ? '1 thread' : `${threads} threads`;
  const how =
    engine === 'wasm' ? `WebAssembly with SIMD, ${threading}` : `WebGPU, and ${threading} beside it`;
  const precisions = Object.entries(models).map(([name, precision]) => `${name} ${precision}`);
  return `${how}; ${precisions.join(', ')}.`;
}
