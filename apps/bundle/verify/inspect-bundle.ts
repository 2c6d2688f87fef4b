/** What is inside of a bundle, for people: files and sizes, metrics, latency, energy. */
import { deflateSync } from 'fflate';
import { markdownTable } from '../../train/bench/markdown-table.js';
import { measuredMetrics } from '../manifest/metrics.js';
import type { ManifestModel } from '../manifest/models.js';
import type { Manifest } from '../manifest/schema.js';
import { openBundleFiles } from './bundle-files.js';
import { readManifest } from './read-manifest.js';

export interface InspectedFile {
  readonly path: string;
  readonly bytes: number;
  /** As it is in a zip. */
  readonly zipped: number;
}

export interface Inspection {
  readonly manifest: Manifest;
  readonly files: readonly InspectedFile[];
}

/** @throws what `verifyBundle` throws before it runs models */
export async function inspectBundle(path: string): Promise<Inspection> {
  const files = await openBundleFiles(path);
  const manifest = await readManifest(files);
  const listed: InspectedFile[] = [];
  for (const name of files.paths) {
    const bytes = await files.read(name);
    listed.push({ path: name, bytes: bytes.length, zipped: deflateSync(bytes, { level: 6 }).length });
  }
  return { manifest, files: listed };
}

/** Tables in Markdown. */
export function inspectionText({ manifest, files }: Inspection): string {
  const sum = (key: 'bytes' | 'zipped') => files.reduce((total, file) => total + file[key], 0);
  const head = `${manifest.id} ${manifest.version}, by ${manifest.createdBy}. ${manifest.licence}.`;
  const sizes = `${files.length} files, ${kilo(sum('bytes'))} kB, zipped ${kilo(sum('zipped'))} kB.`;
  return [`${head}\n${sizes}`, ...manifest.models.map((model) => modelText(model, files)), fileTable(files)]
    .join('\n\n')
    .concat('\n');
}

/** One table of all variants and the whole, for a README. */
export function inspectionSummary({ manifest, files }: Inspection): string {
  const all = (key: 'bytes' | 'zipped', paths?: readonly string[]) =>
    kilo(
      files
        .filter(({ path }) => !paths || paths.includes(path))
        .reduce((total, file) => total + file[key], 0),
    );
  const rows = manifest.models.flatMap((model) =>
    model.variants.map(({ format, precision, files: own }) => {
      const times = model.latency.filter((row) => row.format === format && row.precision === precision);
      const time = times.find(({ threads }) => threads === 1);
      const energy = model.energy[precision];
      return [
        `${model.name} ${model.version}`,
        format,
        precision,
        all('bytes', own),
        all('zipped', own),
        time && `${time.medianMs.toFixed(1)} (${time.shape.slice(2).join('×')})`,
        energy && (energy.microjoules / 1000).toFixed(2),
      ];
    }),
  );
  const titles = ['model', 'format', 'precision', 'kB', 'kB zipped', 'ms on one thread', 'mJ'];
  const columns = titles.map((title, i) => ({
    title,
    align: i < 3 ? ('left' as const) : ('right' as const),
  }));
  const whole = [
    'the whole, with goldens and papers',
    '',
    '',
    all('bytes'),
    all('zipped'),
    undefined,
    undefined,
  ];
  return markdownTable(columns, [...rows, whole]);
}

function modelText(model: ManifestModel, files: readonly InspectedFile[]): string {
  const parts = [`## ${model.name} ${model.version}\n\n${model.summary}`];
  const size = (paths: readonly string[], key: 'bytes' | 'zipped') =>
    kilo(files.filter(({ path }) => paths.includes(path)).reduce((total, file) => total + file[key], 0));
  parts.push(
    table(
      ['format', 'precision', 'kB', 'zipped kB', 'inputs', 'outputs'],
      model.variants.map((variant) => {
        const shapes = (list: typeof variant.inputs) =>
          list.map(({ name, shape }) => `${name} [${shape.map((d) => d ?? '?').join(', ')}]`).join('; ');
        return [
          variant.format,
          variant.precision,
          size(variant.files, 'bytes'),
          size(variant.files, 'zipped'),
          shapes(variant.inputs),
          shapes(variant.outputs),
        ];
      }),
      [2, 3],
    ),
  );
  const metrics = measuredMetrics(model).flatMap(([run, sets]) =>
    Object.entries(sets).flatMap(([set, values]) =>
      Object.entries(values).map(([metric, value]) => [run, set, metric, value.toFixed(4)]),
    ),
  );
  if (metrics.length > 0) parts.push(table(['run', 'set', 'metric', 'value'], metrics, [3]));
  if (model.latency.length > 0) {
    const rows = model.latency.map((row) => [
      row.format,
      row.precision,
      row.runtime,
      `${row.processor} (${row.device})`,
      String(row.threads),
      row.shape.join('×'),
      row.medianMs.toFixed(1),
    ]);
    parts.push(
      table(['format', 'precision', 'runtime', 'processor', 'threads', 'input', 'median ms'], rows, [4, 6]),
    );
  }
  const energy = Object.entries(model.energy).map(([precision, row]) => [
    precision,
    row.shape.join('×'),
    (row.microjoules / 1000).toFixed(2),
    row.model,
  ]);
  if (energy.length > 0)
    parts.push(table(['precision', 'input', 'mJ a run', 'by the model of'], energy, [2]));
  return parts.join('\n\n');
}

const fileTable = (files: readonly InspectedFile[]) =>
  table(
    ['file', 'kB', 'zipped kB'],
    files.map(({ path, bytes, zipped }) => [path, kilo(bytes), kilo(zipped)]),
    [1, 2],
  );

const kilo = (bytes: number) => (bytes / 1000).toFixed(1);

/** @param right columns of numbers */
function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
): string {
  return markdownTable(
    head.map((title, i) => ({ title, align: right.includes(i) ? 'right' : 'left' })),
    rows,
  );
}
