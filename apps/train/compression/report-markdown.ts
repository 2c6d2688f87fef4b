/** A compression run's report as Markdown. */
import type { LayerRow, RunReport, StageRow } from '../../../compression/report/run-report.js';
import { type Column, markdownTable } from '../bench/markdown-table.js';

/** Figures that passes noted of a layer get columns, in the order they first appear; more than these would not fit. */
const MOST_NOTED = 6;
/** Nodes that were left alone for the same reason stand in one row. */
const MOST_NAMES = 4;

/** @param figures paths of plots, as seen from where the Markdown lies. */
export function reportMarkdown(report: RunReport, figures: readonly string[] = []): string {
  const { model, recipe, seed, kept, stopped, finished, processor, stages } = report;
  const last = stages[kept];
  const parts = [
    `# Compression of ${model} by "${recipe}"`,
    [
      finished ? `Result: stage ${kept}${last ? `, after ${last.pass}` : ''}.` : 'The run is not finished.',
      stopped ?? '',
      `Seed ${seed}.`,
      processor ? `Latency of one run in ONNX Runtime, median (least) in ms, on ${processor}.` : '',
    ]
      .filter(Boolean)
      .join(' '),
    '## Stage by stage',
    stageTable(stages),
    costTable(stages),
    notes(stages),
    ...figures.map((path) => `![${path}](${path})`),
  ];
  if (report.layers.length > 0) parts.push('## Layer by layer', layerTable(report.layers));
  parts.push('## Skipped', skippedTable(report));
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

function stageTable(stages: readonly StageRow[]): string {
  const threads = [...new Set(stages.flatMap(({ latency }) => Object.keys(latency)))].sort();
  const columns: Column[] = [
    { title: '#' },
    { title: 'pass', align: 'left' },
    { title: 'quality' },
    { title: 'lost' },
    { title: 'file, kB' },
    { title: 'smaller' },
    { title: 'M MACs' },
    ...threads.map((count) => ({ title: `ms, ${count} thread${count === '1' ? '' : 's'}` })),
    { title: 'energy, µJ' },
    { title: 'took, s' },
  ];
  const rows = stages.map((stage) => [
    `${stage.index}${stage.kept ? ' *' : ''}`,
    stage.pass,
    fixed(stage.quality, 2),
    stage.index === 0 ? undefined : fixed(stage.loss, 2),
    fixed(kilo(stage.fileBytes), 1),
    stage.ratio === undefined ? undefined : `${stage.ratio.toFixed(1)}×`,
    fixed(mega(stage.macs), 1),
    ...threads.map((count) => {
      const found = stage.latency[count];
      return found && `${found.medianMs.toFixed(2)} (${found.minimumMs.toFixed(2)})`;
    }),
    fixed(stage.energy, 0),
    fixed(stage.seconds, 1),
  ]);
  return markdownTable(columns, rows);
}

function costTable(stages: readonly StageRow[]): string {
  const columns: Column[] = [
    ...[
      '#',
      'parameters',
      'not 0',
      'dense, kB',
      'in their bits, kB',
      '… gzip, kB',
      'integer MACs',
      'traffic, kB',
    ],
    ...['peak memory, kB', 'points a M parameters', 'hardness-normalised', 'lost a decade'],
  ].map((title) => ({ title }));
  const rows = stages.map((stage) => [
    String(stage.index),
    stage.parameters?.toLocaleString('en'),
    stage.nonZeroParameters?.toLocaleString('en'),
    fixed(kilo(stage.denseBytes), 1),
    fixed(kilo(stage.packedBytes), 1),
    fixed(kilo(stage.gzipBytes), 1),
    stage.integerShare === undefined ? undefined : `${(100 * stage.integerShare).toFixed(0)} %`,
    fixed(kilo(stage.trafficBytes), 0),
    fixed(kilo(stage.peakActivationBytes), 0),
    fixed(stage.efficiency?.perMillionParameters, 1),
    fixed(stage.efficiency?.hardnessNormalised, 2),
    fixed(stage.efficiency?.lossPerDecade, 2),
  ]);
  return markdownTable(columns, rows);
}

function notes(stages: readonly StageRow[]): string {
  return stages
    .flatMap(({ index, pass, summary }) => (summary === undefined ? [] : [`${index}. ${pass}: ${summary}`]))
    .join('\n');
}

function layerTable(layers: readonly LayerRow[]): string {
  const noted = [...new Set(layers.flatMap((layer) => Object.keys(layer.noted)))]
    .filter((name) => !['sparsity', 'bits'].includes(name))
    .slice(0, MOST_NOTED);
  const columns: Column[] = [
    { title: 'layer', align: 'left' },
    { title: 'operator', align: 'left' },
    ...['parameters', 'sparsity', 'bits', 'input bits', 'M MACs', 'kB', 'weight error'].map((title) => ({
      title,
    })),
    ...noted.map((title) => ({ title })),
  ];
  const rows = layers.map((layer) => [
    layer.node,
    layer.op,
    layer.parameters.toLocaleString('en'),
    `${(100 * layer.sparsity).toFixed(1)} %`,
    String(layer.bits),
    String(layer.activationBits),
    fixed(mega(layer.macs), 2),
    fixed(kilo(layer.bytes), 1),
    layer.weightError === undefined ? undefined : `${(100 * layer.weightError).toFixed(2)} %`,
    ...noted.map((name) => show(layer.noted[name])),
  ]);
  return markdownTable(columns, rows);
}

function skippedTable({ skipped }: RunReport): string {
  if (skipped.length === 0) return 'Nothing.';
  const groups = new Map<string, { pass: string; reason: string; nodes: string[] }>();
  for (const { pass, node, reason } of skipped) {
    const key = `${pass}\n${reason}`;
    const group = groups.get(key) ?? { pass, reason, nodes: [] };
    group.nodes.push(node);
    groups.set(key, group);
  }
  const columns: Column[] = [
    { title: 'pass', align: 'left' },
    { title: 'layers', align: 'left' },
    { title: 'why', align: 'left' },
  ];
  const rows = [...groups.values()].map(({ pass, reason, nodes }) => {
    const more = nodes.length - MOST_NAMES;
    return [pass, `${nodes.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`, reason];
  });
  return markdownTable(columns, rows);
}

const kilo = (value: number | undefined) => (value === undefined ? undefined : value / 1000);
const mega = (value: number | undefined) => (value === undefined ? undefined : value / 1e6);

function fixed(value: number | undefined, digits: number): string | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : value.toFixed(digits);
}

function show(value: number | string | undefined): string | undefined {
  if (typeof value !== 'number') return value;
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
