/** Plots of a compression run: quality against what it costs, and figures layer by layer. */
import type { TopLevelSpec } from 'vega-lite';
import type { LayerRow, RunReport, StageRow } from '../../../compression/report/run-report.js';

const [WIDTH, HEIGHT] = [360, 220];
/** Points that a panel's axis of quality spans at least. */
const LEAST_RANGE = 1;
const SCHEMA = 'https://vega.github.io/schema/vega-lite/v5.json';

interface Axis {
  readonly title: string;
  of(stage: StageRow): number | undefined;
}

const AXES: readonly Axis[] = [
  { title: 'file, kB', of: ({ fileBytes }) => fileBytes && fileBytes / 1000 },
  { title: 'millions of multiply-accumulates', of: ({ macs }) => macs && macs / 1e6 },
  { title: 'median ms a run, one thread', of: ({ latency }) => latency['1']?.medianMs },
  { title: 'energy, µJ a run', of: ({ energy }) => energy },
];

/** Stages joined in their order; undefined where none was judged. */
export function tradeOffFigure({ stages, model }: RunReport): TopLevelSpec | undefined {
  const judged = stages.filter(({ quality }) => quality !== undefined);
  const panels = AXES.flatMap(({ title, of }) => {
    const values = judged.flatMap((stage) => {
      const cost = of(stage);
      return cost === undefined
        ? []
        : [{ stage: stage.index, cost, quality: stage.quality!, name: `${stage.index} ${stage.pass}` }];
    });
    return values.length > 0 ? [panel(title, values)] : [];
  });
  if (panels.length === 0) return undefined;
  return {
    $schema: SCHEMA,
    background: 'white',
    padding: 12,
    title: { text: `Quality of ${model} against its cost`, anchor: 'start' },
    concat: panels,
    columns: 2,
    config: { axis: { titleFontWeight: 'normal' } },
  };
}

function panel(title: string, values: readonly Record<string, number | string>[]) {
  const x = {
    field: 'cost',
    type: 'quantitative' as const,
    title,
    scale: { zero: true },
    axis: { tickCount: 5 },
  };
  const heights = values.map(({ quality }) => quality as number);
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  // Differences far below a point are noise, and shall look like it.
  const margin = Math.max(0.1 * (high - low), LEAST_RANGE / 2);
  const y = {
    field: 'quality',
    type: 'quantitative' as const,
    title: 'quality, points',
    scale: { domain: [low - margin, high + margin], nice: false, zero: false },
    axis: { tickCount: 5 },
  };
  const order = { field: 'stage', type: 'quantitative' as const };
  const color = {
    field: 'name',
    type: 'nominal' as const,
    title: 'after',
    sort: null,
    scale: { scheme: 'category10' as const },
  };
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values: [...values] },
    layer: [
      {
        mark: { type: 'line' as const, strokeWidth: 1, opacity: 0.5, color: 'grey' },
        encoding: { x, y, order },
      },
      { mark: { type: 'point' as const, filled: true, size: 90, opacity: 0.9 }, encoding: { x, y, color } },
    ],
  };
}

const BARS: readonly { readonly title: string; of(layer: LayerRow): number | undefined }[] = [
  { title: 'sparsity, %', of: ({ sparsity }) => 100 * sparsity },
  { title: 'bits a weight', of: ({ bits }) => bits },
  { title: 'weight error, %', of: ({ weightError }) => weightError && 100 * weightError },
  { title: 'sensitivity', of: ({ noted }) => numeric(noted.sensitivity) },
  { title: 'kB', of: ({ bytes }) => bytes / 1000 },
];

/** Bars layer by layer, in the order of the graph; undefined where there are no layers. */
export function layerFigure({ layers, model }: RunReport): TopLevelSpec | undefined {
  const panels = BARS.flatMap(({ title, of }) => {
    const values = layers.map((layer) => ({ layer: layer.node, value: of(layer) ?? 0 }));
    // Nothing is to be seen where all is 0, or nobody measured it.
    if (values.every(({ value }) => value === 0)) return [];
    return [{ title, values }];
  });
  if (panels.length === 0) return undefined;
  return {
    $schema: SCHEMA,
    background: 'white',
    padding: 12,
    title: { text: `Layers of ${model}`, anchor: 'start' },
    hconcat: panels.map(({ title, values }, i) => ({
      width: 170,
      height: { step: 14 },
      data: { values },
      mark: { type: 'bar' as const },
      encoding: {
        y: {
          field: 'layer',
          type: 'nominal' as const,
          sort: null,
          title: null,
          axis: i === 0 ? { labelLimit: 260 } : { labels: false, ticks: false },
        },
        x: { field: 'value', type: 'quantitative' as const, title, axis: { tickCount: 4 } },
      },
    })),
    config: { axis: { titleFontWeight: 'normal' } },
  };
}

function numeric(value: number | string | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
