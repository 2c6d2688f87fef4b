/** Curves of training runs as one SVG: loss on a logarithmic scale and every evaluation figure, against minutes. */
import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { PocketlensError } from '../../models/base/errors.js';
import { type MetricsRecord, readMetrics } from '../../models/training/metrics-log.js';
import { writeFileWhole } from '../files/write-file.js';
import { renderSvg } from './render-svg.js';

const METRICS = 'metrics.jsonl';
/** Points of a loss curve: more cannot be told apart and only make the file large. */
const MOST_POINTS = 300;
const [WIDTH, HEIGHT] = [760, 260];
const COLUMNS = 4;
/** Pixels between columns. */
const GAP = 45;

export interface PlotPoint {
  readonly run: string;
  readonly minutes: number;
  readonly metric: string;
  readonly value: number;
}

/**
 * @param runs folders of runs, or their metrics files
 * @throws data_missing where one holds no figures, output_unwritable
 */
export async function plotRuns(runs: readonly string[], output: string): Promise<void> {
  const names = runNames(runs);
  const points = runs.flatMap((run, i) => plotPoints(names[i]!, readRun(run)));
  await writeFileWhole(output, await renderPlot(points, names));
}

/** The figure of points, coloured by run. */
export async function renderPlot(points: readonly PlotPoint[], names: readonly string[]): Promise<string> {
  return renderSvg(plotSpec(points, names));
}

function readRun(run: string): MetricsRecord[] {
  const isFolder = statSync(run, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const records = readMetrics(isFolder ? join(run, METRICS) : run);
  if (records.length > 0) return records;
  throw new PocketlensError('data_missing', `Expected figures in ${METRICS} for ${run} but found none.`, {
    remedy: 'Name the folder of a run that has trained for some steps.',
  });
}

/** Names of folders; whole paths where two are alike. */
function runNames(runs: readonly string[]): string[] {
  const short = runs.map((run) => {
    const path = resolve(run);
    return basename(basename(path) === METRICS ? dirname(path) : path);
  });
  return short.map((name, i) => (short.indexOf(name) === short.lastIndexOf(name) ? name : runs[i]!));
}

/** The loss, each point the mean over a stretch of the run, and every evaluation figure. */
export function plotPoints(run: string, records: readonly MetricsRecord[]): PlotPoint[] {
  const steps = records.filter(({ kind, values }) => kind === 'step' && (values.loss ?? 0) > 0);
  const size = Math.ceil(steps.length / MOST_POINTS);
  const points: PlotPoint[] = [];
  for (let i = 0; i < steps.length; i += size) {
    const part = steps.slice(i, i + size);
    const mean = (of: (record: MetricsRecord) => number) =>
      part.reduce((sum, record) => sum + of(record), 0) / part.length;
    points.push({
      run,
      minutes: mean(({ minutes }) => minutes),
      metric: 'loss',
      value: mean(({ values }) => values.loss!),
    });
  }
  for (const { kind, minutes, values } of records) {
    if (kind !== 'evaluation') continue;
    for (const [metric, value] of Object.entries(values)) {
      if (Number.isFinite(value)) points.push({ run, minutes, metric, value });
    }
  }
  return points;
}

/** The loss, then figures of the whole ("mean-line-cer") in the same size, then those of single sets, small. */
export function plotSpec(points: readonly PlotPoint[], names: readonly string[]): TopLevelSpec {
  const metrics = [...new Set(points.map(({ metric }) => metric))];
  const end = Math.max(1, ...points.map(({ minutes }) => minutes));
  const panel = (metric: string, size: PanelSize) =>
    plotPanel(
      metric,
      points.filter((point) => point.metric === metric),
      { ...size, end, names },
    );
  const large = metrics.filter((metric) => !metric.includes('.'));
  const suffix = (metric: string) => metric.slice(metric.lastIndexOf('.') + 1);
  const kinds = [...new Set(metrics.filter((metric) => metric.includes('.')).map(suffix))];
  const small = kinds.flatMap((kind) => metrics.filter((metric) => metric.endsWith(`.${kind}`)));
  const width = (WIDTH - GAP * (COLUMNS - 1)) / COLUMNS;
  const grid = {
    concat: small.map((metric) => panel(metric, { width, height: HEIGHT / 2.5, ticks: 4, title: 10 })),
    columns: COLUMNS,
    bounds: 'flush' as const,
    spacing: { column: GAP, row: 60 },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'white',
    padding: 12,
    bounds: 'flush',
    spacing: 70,
    vconcat: [
      ...large
        .sort((a, b) => Number(b === 'loss') - Number(a === 'loss'))
        .map((metric) => panel(metric, { width: WIDTH, height: HEIGHT, ticks: 8, title: 13 })),
      ...(small.length > 0 ? [grid] : []),
    ],
    config: { legend: { orient: 'right' }, axis: { titleFontWeight: 'normal' } },
  };
}

interface PanelSize {
  readonly width: number;
  readonly height: number;
  readonly ticks: number;
  /** Size of the title's letters. */
  readonly title: number;
}

/** Curves of one metric; all panels share the axis of time. */
function plotPanel(
  metric: string,
  values: readonly PlotPoint[],
  { width, height, ticks, title, end, names }: PanelSize & { end: number; names: readonly string[] },
) {
  const heights = values.map(({ value }) => value);
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const margin = Math.max(0.08 * (high - low), 0.02 * Math.abs(high));
  return {
    width,
    height,
    title: { text: metric, anchor: 'start' as const, frame: 'group' as const, fontSize: title },
    data: { values: [...values] },
    mark: { type: 'line' as const, point: metric !== 'loss', strokeWidth: 1.5 },
    encoding: {
      x: {
        field: 'minutes',
        type: 'quantitative' as const,
        title: 'minutes',
        scale: { domain: [0, end], nice: false },
        axis: { tickCount: ticks },
      },
      y: {
        field: 'value',
        type: 'quantitative' as const,
        title: null,
        scale:
          metric === 'loss'
            ? { type: 'log' as const, nice: true }
            : { domain: [low - margin, high + margin], nice: false, zero: false },
        axis: { tickCount: Math.ceil(ticks / 1.5) },
      },
      color: { field: 'run', type: 'nominal' as const, title: 'run', scale: { domain: [...names] } },
    },
  };
}
