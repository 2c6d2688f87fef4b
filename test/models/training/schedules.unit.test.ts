import { expect, it } from 'vitest';
import { learningRateAt } from '../../../models/training/schedules.js';

const schedule = { peak: 2, warmupSteps: 10, decayShare: 0.4, floorShare: 0.1 };

it('warms up, stays, decays to its floor', () => {
  expect(learningRateAt(schedule, 0, 0)).toBeCloseTo(0.2);
  expect(learningRateAt(schedule, 10, 0.1)).toBe(2);
  expect(learningRateAt(schedule, 500, 0.6)).toBe(2);
  expect(learningRateAt(schedule, 700, 0.8)).toBeCloseTo(2 * 0.55);
  expect(learningRateAt(schedule, 900, 1)).toBeCloseTo(0.2);
});
