/** Everything about a graph that needs neither data nor a runtime. */
import type { Graph, ValueId } from '../../models/graph/ir.js';
import { type RunCost, runCost } from './cost.js';
import { type Energy, energyOf } from './energy.js';
import { type LayerFigures, layerFigures } from './layers.js';
import { type SizeBytes, sizeOfWeights } from './size.js';

export interface Measurement {
  readonly size: SizeBytes;
  readonly cost: Omit<RunCost, 'layers'>;
  /** Microjoules a run. */
  readonly energy: Energy;
  readonly layers: readonly LayerFigures[];
}

/** @param reference a graph whose weights the layers' errors are taken against. */
export function measureGraph(
  graph: Graph,
  inputShapes: Readonly<Record<ValueId, readonly number[]>>,
  reference?: Graph,
): Measurement {
  const { layers, ...cost } = runCost(graph, inputShapes);
  const whole = { ...cost, layers };
  return {
    size: sizeOfWeights(graph),
    cost,
    energy: energyOf(whole),
    layers: layerFigures(graph, whole, reference),
  };
}
