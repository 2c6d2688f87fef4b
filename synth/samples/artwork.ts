/** A canvas that remembers what is written on it, and the fonts to write with. */
import { type Canvas, createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas';
import { expected, PocketlensError } from '../../models/base/errors.js';
import { type FontEntry, openCatalogue } from '../fonts/catalogue.js';

/** Fonts of a folder by family and style. */
export class Faces {
  readonly #entries: readonly FontEntry[];
  readonly #folder: string;

  /** @throws what opening a catalogue throws */
  constructor(folder: string) {
    this.#folder = folder;
    this.#entries = openCatalogue(folder);
  }

  /** A name for `TextStyle.face`. @throws data_missing, invalid_font */
  face(family: string, weight = 400, italic = false): string {
    const entry = this.#entries.find(
      (font) => font.family === family && font.weight === weight && font.italic === italic,
    );
    const style = `${family} ${weight}${italic ? ' italic' : ''}`;
    if (!entry) throw expected('data_missing', style, 'the fonts of the samples', this.#folder);
    const name = `sample ${style}`.replaceAll(' ', '-');
    if (!GlobalFonts.has(name) && !GlobalFonts.registerFromPath(entry.path, name))
      throw new PocketlensError('invalid_font', `Expected to load ${entry.path} but could not.`);
    return name;
  }
}

export interface TextStyle {
  readonly face: string;
  /** Pixels an em. */
  readonly size: number;
  readonly colour?: string;
  readonly align?: 'left' | 'right' | 'center';
  /** Pixels between letters. */
  readonly spacing?: number;
}

export class Artwork {
  readonly canvas: Canvas;
  readonly context: SKRSContext2D;
  /** What stands in the picture, in reading order: the order of writing. */
  readonly lines: string[] = [];

  constructor(width: number, height: number, ground: string) {
    this.canvas = createCanvas(width, height);
    this.context = this.canvas.getContext('2d');
    this.box(0, 0, width, height, ground);
  }

  box(x: number, y: number, width: number, height: number, colour: string): void {
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
  }

  /** One line of text on a baseline. @returns its width */
  write(text: string, x: number, baseline: number, style: TextStyle): number {
    this.row([[text, x, style]], baseline);
    return this.measure(text, style);
  }

  /** Texts on one baseline that are read as one line. */
  row(parts: readonly (readonly [text: string, x: number, style: TextStyle])[], baseline: number): void {
    for (const [text, x, style] of parts) {
      this.#use(style);
      this.context.fillStyle = style.colour ?? '#000';
      this.context.textAlign = style.align ?? 'left';
      this.context.fillText(text, x, baseline);
    }
    this.lines.push(parts.map(([text]) => text).join(' '));
  }

  /** Sets a paragraph flush left, or justified, and returns the baseline after its last line. */
  paragraph(
    text: string,
    x: number,
    baseline: number,
    width: number,
    leading: number,
    style: TextStyle,
    justify = false,
  ): number {
    const rows: string[][] = [[]];
    for (const word of text.split(' ')) {
      const row = rows.at(-1)!;
      if (row.length > 0 && this.measure([...row, word].join(' '), style) > width) rows.push([word]);
      else row.push(word);
    }
    let y = baseline;
    for (const [i, row] of rows.entries()) {
      const last = i === rows.length - 1;
      if (!justify || last) this.write(row.join(' '), x, y, style);
      else {
        const letters = row.reduce((sum, word) => sum + this.measure(word, style), 0);
        const gap = (width - letters) / Math.max(1, row.length - 1);
        let left = x;
        const parts = row.map((word) => {
          const part = [word, left, style] as const;
          left += this.measure(word, style) + gap;
          return part;
        });
        this.row(parts, y);
      }
      y += leading;
    }
    return y;
  }

  measure(text: string, style: TextStyle): number {
    this.#use(style);
    return this.context.measureText(text).width;
  }

  #use(style: TextStyle): void {
    this.context.font = `${style.size}px ${style.face}`;
    this.context.letterSpacing = `${style.spacing ?? 0}px`;
  }
}
