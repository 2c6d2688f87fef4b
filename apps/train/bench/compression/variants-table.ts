/** The bench's tables as Markdown. */
import { type Column, markdownTable } from '../markdown-table.js';
import type { VariantResult, VariantsReport } from './measure-variants.js';

/** Model → what its quality is. */
const QUALITIES: Readonly<Record<string, string>> = {
  recognizer: '100 − mean CER % of the line sets',
  detector: 'mean F1 by coverage, %',
  saliency: 'mean max-F, %',
};

export interface TableNotes {
  /** Of the dev samples that were judged, as text: "all dev samples", "one of 8 dev samples". */
  readonly share: string;
  /** Of training in each variant that trains; 0: there are none. */
  readonly minutes: number;
  /** Versions of the parent and of what ships. */
  readonly parent?: string;
  readonly shipped?: string;
}

export function variantsTable(
  report: VariantsReport,
  { share, minutes, parent: version, shipped }: TableNotes,
): string {
  const { model, results, latency } = report;
  const parent = results[0]!;
  const threads = [...new Set(latency.latencies.map((one) => one.threads))].sort((a, b) => a - b);
  const msOf = (name: string, count: number) =>
    latency.latencies.find((one) => one.name === name && one.threads === count)?.minimumMs;
  const columns: Column[] = [
    { title: model, align: 'left' },
    { title: 'quality' },
    { title: 'change' },
    { title: 'packed file, kB' },
    { title: 'ONNX, kB' },
    { title: 'smaller' },
    { title: 'M MACs' },
    ...threads.map((count) => ({ title: count === 1 ? 'ms, 1 thread' : `ms, ${count} threads` })),
    { title: 'energy, mJ' },
    { title: 'took, s' },
  ];
  const rows = results.map((result) => {
    const { name, evaluation, measurement, onnxBytes, seconds, failed } = result;
    if (failed !== undefined) return [`${name}: ${failed}`];
    const times = threads.map((count) =>
      speed(msOf(name, count), msOf(parent.name, count), result === parent),
    );
    return [
      name,
      evaluation?.quality.toFixed(2),
      result === parent ? undefined : signed(lossOf(result, parent)),
      measurement && (measurement.size.file / 1000).toFixed(0),
      onnxBytes === undefined ? undefined : (onnxBytes / 1000).toFixed(0),
      smaller(result, parent),
      measurement && (measurement.cost.macs / 1e6).toFixed(0),
      ...times,
      measurement && (measurement.energy.total / 1000).toFixed(1),
      seconds?.toFixed(0),
    ];
  });
  const { processor } = latency;
  const caption = [
    ...(version === undefined
      ? []
      : [`The parent is version ${version}${shipped === undefined ? '' : `, what is shipped ${shipped}`}.`]),
    `Quality: ${QUALITIES[model] ?? 'of the task'}, ${share}. "Smaller": the parent's float32 weights by the packed file.`,
    `Time: the least of one run in ONNX Runtime, all variants in turns, on ${processor.name} (${processor.features.join(' ')});`,
    `in brackets how many times faster than the parent. "Took": the passes, training included.`,
    ...(minutes > 0 ? [`What is tuned, distilled or trained is so for ${minutes} minutes.`] : []),
  ].join(' ');
  return `${markdownTable(columns, rows)}\n\n${caption}`;
}

function lossOf(result: VariantResult, parent: VariantResult): number | undefined {
  const [found, before] = [result.evaluation?.quality, parent.evaluation?.quality];
  return found === undefined || before === undefined ? undefined : found - before;
}

function signed(value: number | undefined): string | undefined {
  if (value === undefined) return undefined;
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}

function smaller(result: VariantResult, parent: VariantResult): string | undefined {
  const [dense, file] = [parent.measurement?.size.dense, result.measurement?.size.file];
  return dense === undefined || file === undefined ? undefined : `${(dense / file).toFixed(1)}×`;
}

function speed(ms: number | undefined, parent: number | undefined, isParent: boolean): string | undefined {
  if (ms === undefined) return undefined;
  const text = ms.toFixed(ms < 10 ? 2 : 1);
  return isParent || parent === undefined ? text : `${text} (${(parent / ms).toFixed(2)}×)`;
}
