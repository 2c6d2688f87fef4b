import { describe, expect, it } from 'vitest';
import { reconcile } from '../../../apps/train/pseudo-label.js';

describe('reconcile', () => {
  it('takes the case of the reading and the blanks of the label', () => {
    expect(reconcile('HOME MASTER', 'HomeMaster')).toBe('Home Master');
    expect(reconcile('why', 'WHY')).toBe('WHY');
  });

  it('takes the punctuation of the reading in a single word', () => {
    expect(reconcile('Lifes', 'Life’s')).toBe('Life’s');
    expect(reconcile('090909', '09.09.09')).toBe('09.09.09');
    expect(reconcile('NO 12', 'No.12')).toBeUndefined();
  });

  it('gives nothing where label and reading disagree', () => {
    expect(reconcile('total', 'tota1')).toBeUndefined();
    expect(reconcile('total', '')).toBeUndefined();
  });
});
