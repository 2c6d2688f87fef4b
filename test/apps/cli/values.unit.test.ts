import { describe, expect, it } from 'vitest';
import { box, choices, decimal, integer } from '../../../apps/cli/values.js';

const refused = (parse: () => unknown) =>
  expect(parse).toThrowError(expect.objectContaining({ code: 'invalid_argument' }));

describe('option values', () => {
  it('are whole numbers in a range', () => {
    const parse = integer('--n', 1, 8);
    expect(parse('8')).toBe(8);
    for (const text of ['0', '9', '1.5', '', 'x', '1e1', '0x2', 'NaN']) refused(() => parse(text));
    expect(() => parse('x')).toThrow('Expected a whole number from 1 to 8 for --n but received "x".');
  });

  it('are numbers in a range', () => {
    const parse = decimal('--p', 0, 1);
    expect(parse('0.25')).toBe(0.25);
    expect(parse('1')).toBe(1);
    for (const text of ['-0.1', '1.01', '', 'x', 'Infinity', '50%']) refused(() => parse(text));
  });

  it('are boxes', () => {
    const parse = box('--region');
    expect(parse('1,2.5, 30,40')).toEqual({ x: 1, y: 2.5, width: 30, height: 40 });
    for (const text of ['1,2,3', '1,2,3,4,5', '1,2,0,4', '-1,2,3,4', 'a,b,c,d', '1 2 3 4', ''])
      refused(() => parse(text));
  });

  it('are lists of words, given at once or one by one', () => {
    const parse = choices('--format', ['text', 'json', 'pdf']);
    expect(parse('text, json')).toEqual(['text', 'json']);
    expect(parse('pdf,text', ['text'])).toEqual(['text', 'pdf']);
    for (const text of ['', 'text,', 'TEXT', 'text;json']) refused(() => parse(text));
  });
});
