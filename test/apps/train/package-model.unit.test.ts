import { describe, expect, it } from 'vitest';
import { trainingOf } from '../../../apps/train/package-model.js';

describe('trainingOf', () => {
  const options = { data: ['ocr/train/lines/funsd'], minutesBefore: 30, stepsBefore: 100 };
  const state = { step: 20, minutes: 9.6, data: { next: 5 } };

  it('says the seed that the run kept, and adds what the run started from', () => {
    expect(trainingOf({ ...state, seed: 5 }, options)).toEqual({
      seed: 5,
      steps: 120,
      minutes: 40,
      data: ['ocr/train/lines/funsd'],
    });
  });

  it('says the default seed of a run that kept none', () => {
    expect(trainingOf(state, options).seed).toBe(1);
  });
});
