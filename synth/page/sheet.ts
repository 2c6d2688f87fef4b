/**
 * A sheet to draw on that remembers the quad and the text of every line and word. Grey tones 0 (black) to 255; lengths in
 * pixels. Labels follow the sheet's rotation; what the camera does later is mapped onto them by `../capture`.
 */
import { type Canvas, createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { GrayImage, LabelledLine, LabelledWord, Point, Quad } from '../../models/base/image.js';
import type { Face } from './faces.js';

export interface TextStyle {
  readonly face: Face;
  /** Pixels of an em. */
  readonly size: number;
  readonly tone: number;
  /** Opacity, default 1. */
  readonly alpha?: number;
  /** Space between characters, in ems. */
  readonly tracking?: number;
  readonly underline?: boolean;
  /** Contour around the letters: its tone and its width in ems. */
  readonly contour?: { readonly tone: number; readonly width: number };
  /** Only the contour is drawn. */
  readonly hollow?: boolean;
  /** Shadow: its tone, offset in ems and softness in ems. */
  readonly shadow?: { readonly tone: number; readonly x: number; readonly y: number; readonly blur: number };
  /** Factor on widths. */
  readonly stretch?: number;
}

export interface DrawOptions {
  /** Spaces are widened until the line is this wide. */
  readonly justify?: number;
  readonly align?: 'left' | 'center' | 'right';
  /** Factor on spaces. */
  readonly wordSpace?: number;
  /** Illegible: labelled to be ignored. */
  readonly ignore?: boolean;
}

/** x' = a·x + c·y + e, y' = b·x + d·y + f (the canvas's order). */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];
const IDENTITY: Affine = [1, 0, 0, 1, 0, 0];

interface Extent {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export class Sheet {
  readonly width: number;
  readonly height: number;
  readonly context: SKRSContext2D;
  readonly lines: LabelledLine[] = [];
  readonly #canvas: Canvas;
  #map: Affine = IDENTITY;

  constructor(width: number, height: number, paper: number) {
    this.width = width;
    this.height = height;
    this.#canvas = createCanvas(width, height);
    this.context = this.#canvas.getContext('2d');
    this.context.fillStyle = grey(paper);
    this.context.fillRect(0, 0, width, height);
    this.context.textBaseline = 'alphabetic';
  }

  /** Draws with the origin at (x, y), turned clockwise by `angle` radians and sheared. Not nested. */
  turned(x: number, y: number, angle: number, draw: () => void, shearX = 0, shearY = 0): void {
    const cos = Math.cos(angle);
    const sin = Math.sin(angle);
    // Rotation after shear: x' = x + shearX·y, y' = y + shearY·x.
    this.#map = [cos - sin * shearY, sin + cos * shearY, cos * shearX - sin, sin * shearX + cos, x, y];
    this.context.save();
    this.context.transform(...this.#map);
    try {
      draw();
    } finally {
      this.context.restore();
      this.#map = IDENTITY;
    }
  }

  /** Width of a line of text as it would be drawn. */
  measure(text: string, style: TextStyle): number {
    this.#use(style);
    return this.context.measureText(text).width * (style.stretch ?? 1);
  }

  /** Draws one line with its baseline at y, and labels it. Returns its width. */
  text(text: string, x: number, y: number, style: TextStyle, options: DrawOptions = {}): number {
    // A face without small letters draws capitals: the label must say so.
    const shown = style.face.font.caseless ? text.toUpperCase() : text;
    const words = shown.split(' ').filter((word) => word !== '');
    if (words.length === 0) return 0;
    this.#use(style);
    const { context } = this;
    const { stretch = 1 } = style;
    const metrics = words.map((word) => context.measureText(word));
    const widths = metrics.map((m) => m.width * stretch);
    let space = context.measureText(' ').width * stretch * (options.wordSpace ?? 1);
    if (!(space > 0.12 * style.size)) space = 0.25 * style.size;
    const ink = widths.reduce((a, b) => a + b, 0);
    if (options.justify !== undefined && words.length > 1) {
      space = Math.max(0.6 * space, (options.justify - ink) / (words.length - 1));
    }
    const width = ink + space * (words.length - 1);
    const { align = 'left' } = options;
    let left = align === 'left' ? x : align === 'center' ? x - width / 2 : x - width;
    const start = left;
    const whole: Extent = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
    const labels: { text: string; box: Extent }[] = [];
    words.forEach((word, i) => {
      const m = metrics[i]!;
      this.#draw(word, left, y, style);
      const box: Extent = {
        left: left - m.actualBoundingBoxLeft * stretch,
        right: left + m.actualBoundingBoxRight * stretch,
        top: y - m.actualBoundingBoxAscent,
        bottom: y + m.actualBoundingBoxDescent,
      };
      if (box.right > box.left && box.bottom > box.top) {
        labels.push({ text: word, box });
        whole.left = Math.min(whole.left, box.left);
        whole.right = Math.max(whole.right, box.right);
        whole.top = Math.min(whole.top, box.top);
        whole.bottom = Math.max(whole.bottom, box.bottom);
      }
      left += widths[i]! + space;
    });
    if (style.underline)
      this.rule(
        start,
        y + 0.12 * style.size,
        start + width,
        y + 0.12 * style.size,
        0.06 * style.size,
        style.tone,
      );
    if (labels.length > 0) {
      // A line of dashes or dots is as high as its font's small letters.
      whole.top = Math.min(whole.top, y - style.face.font.xHeight * style.size * 0.9);
      whole.bottom = Math.max(whole.bottom, y);
      this.lines.push({
        text: words.join(' '),
        quad: this.#quad(whole),
        words: labels.map(({ text: word, box }): LabelledWord => ({ text: word, quad: this.#quad(box) })),
        ...(options.ignore && { ignore: true }),
      });
    }
    return width;
  }

  /** A straight stroke. */
  rule(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    width: number,
    tone: number,
    dash?: readonly number[],
  ): void {
    const { context } = this;
    context.strokeStyle = grey(tone);
    context.lineWidth = Math.max(0.4, width);
    context.setLineDash(dash ? [...dash] : []);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
    context.setLineDash([]);
  }

  fill(x: number, y: number, width: number, height: number, tone: number, radius = 0): void {
    this.context.fillStyle = grey(tone);
    this.context.beginPath();
    if (radius > 0) this.context.roundRect(x, y, width, height, radius);
    else this.context.rect(x, y, width, height);
    this.context.fill();
  }

  frame(x: number, y: number, width: number, height: number, stroke: number, tone: number, radius = 0): void {
    this.context.strokeStyle = grey(tone);
    this.context.lineWidth = Math.max(0.4, stroke);
    this.context.beginPath();
    if (radius > 0) this.context.roundRect(x, y, width, height, radius);
    else this.context.rect(x, y, width, height);
    this.context.stroke();
  }

  /** The sheet as it stands, grey. */
  toGray(): GrayImage {
    const { width, height } = this;
    const pixels = this.context.getImageData(0, 0, width, height).data;
    const data = new Uint8Array(width * height);
    for (let i = 0, k = 0; i < data.length; i++, k += 4) data[i] = pixels[k]!;
    return { width, height, data };
  }

  #use({ face, size, tracking = 0 }: TextStyle): void {
    this.context.font = `${Math.max(1, Math.round(size * 64) / 64)}px "${face.family}"`;
    this.context.letterSpacing = `${(tracking * size).toFixed(2)}px`;
  }

  #draw(word: string, x: number, y: number, style: TextStyle): void {
    const { context } = this;
    const { alpha = 1, stretch = 1, size, tone, contour, shadow, hollow } = style;
    const plain = alpha === 1 && stretch === 1 && !contour && !shadow;
    if (plain) {
      context.fillStyle = grey(tone);
      context.fillText(word, x, y);
      return;
    }
    context.save();
    context.globalAlpha = alpha;
    if (stretch !== 1) {
      context.translate(x, y);
      context.scale(stretch, 1);
      context.translate(-x, -y);
    }
    if (shadow) {
      context.shadowColor = grey(shadow.tone);
      context.shadowOffsetX = shadow.x * size;
      context.shadowOffsetY = shadow.y * size;
      context.shadowBlur = shadow.blur * size;
    }
    if (contour) {
      context.strokeStyle = grey(contour.tone);
      context.lineWidth = Math.max(1, contour.width * size);
      context.lineJoin = 'round';
      context.strokeText(word, x, y);
      context.shadowColor = 'transparent';
    }
    if (!hollow) {
      context.fillStyle = grey(tone);
      context.fillText(word, x, y);
    }
    context.restore();
  }

  #quad({ left, right, top, bottom }: Extent): Quad {
    const [a, b, c, d, e, f] = this.#map;
    const at = (x: number, y: number): Point => [a * x + c * y + e, b * x + d * y + f];
    return [at(left, top), at(right, top), at(right, bottom), at(left, bottom)];
  }
}

export function grey(tone: number): string {
  const value = Math.max(0, Math.min(255, Math.round(tone)));
  return `rgb(${value},${value},${value})`;
}
