import { describe, expect, it } from 'vitest';
import { withCaseOf, withSignsOf } from '../../../apps/train/restore-label.js';

describe('withCaseOf', () => {
  it('takes the case of a reading that agrees', () => {
    expect(withCaseOf('TAX INVOICE', 'Tax Invoice')).toBe('Tax Invoice');
    expect(withCaseOf('TOTAL 9.90', 'TOTAL 9.90')).toBe('TOTAL 9.90');
  });

  it.each([
    ['TAX INVOICE NO', 'Tax Involce No', 'Tax Invoice No'],
    ['TOTAL', 'Totai', 'Total'],
    ['TOTAL', 'TOTAi', 'TOTAL'],
    ['SUB TOTAL', 'SUB T0TAL', 'SUB TOTAL'],
    // Behind the capital that begins a word the next letter tells more.
    ['INVOICE', 'Irvoice', 'Invoice'],
    ['INVOICE', 'IRVOICE', 'INVOICE'],
    ['THE INVOICE', 'the lnvoice', 'the invoice'],
    ['THE INVOICE', 'The Jnvoice', 'The Invoice'],
    // No case was read in its place.
    ['OPEN', '0pen', 'Open'],
  ])('gives a misread letter the case of its neighbours: %s read as %s', (label, reading, restored) => {
    expect(withCaseOf(label, reading)).toBe(restored);
  });

  it('gives up where the reading is of another length or another text', () => {
    expect(withCaseOf('CASH', 'Cas')).toBeUndefined();
    expect(withCaseOf('CHANGE', 'Amount')).toBeUndefined();
  });
});

describe('withSignsOf', () => {
  it.each([
    ["the fishermen's wives", 'the fishermen’s wives', 'the fishermen’s wives'],
    ['"Yes" - 1990-95', '“Yes” – 1990–95', '“Yes” – 1990–95'],
    ['5\'10"', '5′10″', '5′10″'],
    ["don't", 'dont’', "don't"],
    // Quotes of one kind are read alike, or not at all; hyphens stand beside dashes.
    ['"SCAN"', '“SCAN"', '"SCAN"'],
    ['well-known - so', 'well-known – so', 'well-known – so'],
  ])('takes the signs of a reading that agrees: %s read as %s', (label, reading, restored) => {
    expect(withSignsOf(label, reading)).toBe(restored);
  });

  it('keeps the label where the two differ in length or in too much', () => {
    expect(withSignsOf("it's late", 'it’s lat')).toBe("it's late");
    expect(withSignsOf("it's late", 'xx’x xxxx')).toBe("it's late");
  });

  it('keeps typographic signs of the label', () => {
    expect(withSignsOf('it’s – so', "it's - so")).toBe('it’s – so');
  });

  it('leaves case and hyphens at line ends alone', () => {
    expect(withSignsOf('IT-', 'it¬')).toBe('IT-');
  });
});
