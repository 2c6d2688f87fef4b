/** Precision against recall, one curve a set or a program. */
import type { TopLevelSpec } from 'vega-lite';
import type { SaliencyCurve } from '../scoring/saliency/score-set.js';
import { THRESHOLDS } from '../scoring/saliency/threshold-counts.js';

const SIDE = 420;

/** Points run from the highest threshold to the lowest; thresholds that select nothing on any image have none. */
export function precisionRecallFigure(
  curves: readonly { readonly id: string; readonly curve: SaliencyCurve }[],
): TopLevelSpec {
  const values = curves.flatMap(({ id, curve: { precision, recall } }) =>
    Array.from({ length: THRESHOLDS }, (_, t) => ({
      set: id,
      threshold: t,
      precision: precision[t]!,
      recall: recall[t]!,
    })).filter((point) => point.precision > 0),
  );
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    background: 'white',
    padding: 12,
    width: SIDE,
    height: SIDE,
    data: { values },
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      x: { field: 'recall', type: 'quantitative', title: 'recall', scale: { domain: [0, 1] } },
      y: { field: 'precision', type: 'quantitative', title: 'precision', scale: { domain: [0, 1] } },
      order: { field: 'threshold', type: 'quantitative' },
      color: { field: 'set', type: 'nominal', title: null, sort: curves.map(({ id }) => id) },
    },
    config: { axis: { titleFontWeight: 'normal' } },
  };
}
