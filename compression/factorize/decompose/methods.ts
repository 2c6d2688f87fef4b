/** The methods by name, and which weights each is for. */
import { cpDecomposition } from './cp.js';
import type { Decomposition, Kernel, Method } from './decomposition.js';
import { spatialDecomposition } from './spatial.js';
import { svdDecomposition } from './svd.js';
import { tuckerDecomposition } from './tucker.js';

export const METHODS = ['svd', 'tucker', 'cp', 'spatial'] as const satisfies readonly Method[];

const DECOMPOSE: Readonly<Record<Method, (kernel: Kernel) => Decomposition>> = {
  svd: svdDecomposition,
  tucker: tuckerDecomposition,
  cp: cpDecomposition,
  spatial: spatialDecomposition,
};

export function decompose(method: Method, kernel: Kernel): Decomposition {
  return DECOMPOSE[method](kernel);
}

/** A method asked for on a layer that is too small for it becomes `svd`, of which it is then a special case. */
export function methodFor(wanted: Method, [kh, kw]: Kernel['shape']): Method {
  if (kh === 1 && kw === 1) return 'svd';
  return wanted === 'spatial' && (kh === 1 || kw === 1) ? 'svd' : wanted;
}

/** What `auto` chooses among: CP costs minutes and often trains badly, so it is only taken when asked for. */
export function methodsForAuto([kh, kw]: Kernel['shape']): Method[] {
  if (kh === 1 && kw === 1) return ['svd'];
  return kh === 1 || kw === 1 ? ['svd', 'tucker'] : ['svd', 'tucker', 'spatial'];
}
