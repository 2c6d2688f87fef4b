import { describe, expect, it } from 'vitest';
import { Charset, DEFAULT_CHARSET } from '../../../models/recognizer/charset.js';

describe('Charset', () => {
  const charset = new Charset();

  it('holds every printable ASCII, Latin-1 and Latin Extended-A letter once', () => {
    expect(new Set(DEFAULT_CHARSET).size).toBe([...DEFAULT_CHARSET].length);
    for (const character of 'Az09~!ÄßþÿĀŁŐœŸž–„€−≤™') expect(charset.has(character), character).toBe(true);
    expect(charset.classes).toBe([...DEFAULT_CHARSET].length + 1);
    expect(charset.blank).toBe(charset.classes - 1);
  });

  it('round-trips text', () => {
    const text = 'Größe: 12,50 € – “ça va” №7';
    expect(charset.decode(charset.encode(text)!)).toBe(text);
  });

  it('normalises decomposed letters, ligatures and white space', () => {
    expect(charset.decode(charset.encode('  u\u0308ber\u00a0 o\ufb03ce\t\u2010 ')!)).toBe('über office -');
  });

  it('refuses characters that it cannot write', () => {
    expect(charset.encode('日本')).toBeUndefined();
  });

  it('refuses a set that holds a character twice', () => {
    expect(() => new Charset('abca')).toThrow(/twice/);
  });
});
