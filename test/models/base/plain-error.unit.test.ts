import { describe, expect, it } from 'vitest';
import { expected, PocketlensError } from '../../../models/base/errors.js';
import { fromPlainError, toPlainError } from '../../../models/base/plain-error.js';

/** As a thread receives it. */
const sent = (error: unknown) => fromPlainError(structuredClone(toPlainError(error)));

describe('errors as plain data', () => {
  it('are the same error again on the other side', () => {
    const error = expected('invalid_argument', 'a number', 'the size', 'x', { remedy: 'Give one.' });
    const back = sent(error);
    expect(back).toBeInstanceOf(PocketlensError);
    expect(back).toMatchObject({
      code: 'invalid_argument',
      message: error.message,
      remedy: 'Give one.',
      details: error.details,
    });
  });

  it('leave behind what cannot be sent', () => {
    const error = new PocketlensError('internal', 'm', { details: { size: 3, call: () => 3 } });
    expect((sent(error) as PocketlensError).details).toEqual({ size: 3 });
  });

  it('keep the message and the stack of a defect, and what was thrown that is no error', () => {
    const defect = new TypeError('x is undefined');
    const back = sent(defect);
    expect(back).not.toBeInstanceOf(PocketlensError);
    expect([back.message, back.stack]).toEqual([defect.message, defect.stack]);
    expect(sent('gone').message).toBe('gone');
  });

  it('do not take a code that is not of the table, or a property of all objects', () => {
    for (const code of ['ENOENT', 'toString'])
      expect(fromPlainError({ code, message: 'm' })).not.toBeInstanceOf(PocketlensError);
  });
});
