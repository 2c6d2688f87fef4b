import { describe, expect, it } from 'vitest';
import { withCaseOf } from '../../../apps/train/read-set.js';

describe('withCaseOf', () => {
  it('takes the case of a reading that agrees', () => {
    expect(withCaseOf('TAX INVOICE', 'Tax Invoice')).toBe('Tax Invoice');
    expect(withCaseOf('TOTAL 9.90', 'TOTAL 9.90')).toBe('TOTAL 9.90');
  });
  it('keeps the label where single letters differ', () => {
    expect(withCaseOf('TAX INVOICE NO', 'Tax Involce No')).toBe('Tax InvoIce No');
  });
  it('gives up where the reading is of another length or another text', () => {
    expect(withCaseOf('CASH', 'Cas')).toBeUndefined();
    expect(withCaseOf('CHANGE', 'Amount')).toBeUndefined();
  });
});
