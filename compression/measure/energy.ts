/**
 * Energy of one run by an explicit model: so many operations and bytes, each at a price. It compares graphs with one
 * another; it predicts no battery.
 *
 * Prices: Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014, for 45 nm at 0.9 V.
 */
import type { RunCost } from './cost.js';

/** Picojoules. */
export interface EnergyModel {
  readonly name: string;
  readonly floatAdd: number;
  readonly floatMultiply: number;
  readonly integerMultiply8: number;
  /** Products of 8-bit integers are summed in 32 bits. */
  readonly integerAdd32: number;
  readonly sramByte: number;
  readonly dramByte: number;
  /** Activations of a node that fit into this many bytes together stay on the chip; larger ones go to DRAM and back. */
  readonly sramBytes: number;
}

export const HOROWITZ_45NM: EnergyModel = {
  name: 'Horowitz 2014, 45 nm',
  floatAdd: 0.9,
  floatMultiply: 3.7,
  integerMultiply8: 0.2,
  integerAdd32: 0.1,
  // 100 pJ for 64 bits of a cache of 1 MB; 1.3 to 2.6 nJ for 64 bits of DRAM, of which the lower.
  sramByte: 100 / 8,
  dramByte: 1300 / 8,
  sramBytes: 2 ** 20,
};

/** Microjoules. */
export interface Energy {
  readonly arithmetic: number;
  readonly weights: number;
  readonly activations: number;
  readonly total: number;
}

/**
 * Weights come from DRAM once a run; activations from SRAM where a node's fit in it; operands in registers cost nothing.
 * A weight of 0 still costs its multiplication: no common hardware skips it.
 */
export function energyOf(cost: RunCost, model: EnergyModel = HOROWITZ_45NM): Energy {
  const perFloatMac = model.floatMultiply + model.floatAdd;
  const perIntegerMac = model.integerMultiply8 + model.integerAdd32;
  let [arithmetic, activations] = [0, 0];
  for (const { macs, integer, operations, activationBytes } of cost.layers) {
    arithmetic += macs * (integer ? perIntegerMac : perFloatMac) + operations * model.floatAdd;
    activations += activationBytes * (activationBytes <= model.sramBytes ? model.sramByte : model.dramByte);
  }
  const weights = cost.weightBytes * model.dramByte;
  const micro = (pico: number) => pico / 1e6;
  return {
    arithmetic: micro(arithmetic),
    weights: micro(weights),
    activations: micro(activations),
    total: micro(arithmetic + weights + activations),
  };
}
