/** What is printed on pages and is no text: pictures, drawings, charts, grids, ornaments. */
import { createCanvas } from '@napi-rs/canvas';
import type { Box, GrayImage } from '../../models/base/image.js';
import type { Random } from '../../models/base/random.js';
import type { TextureStore } from '../render/textures.js';
import { barcode, squareCode } from './codes.js';
import { grey, type Sheet } from './sheet.js';

/** A drawing of any kind that fills the area. */
export function drawAnything(
  sheet: Sheet,
  area: Box,
  random: Random,
  tone: number,
  textures?: TextureStore,
): void {
  const kind = random.weighted({
    photo: 4,
    sketch: 3,
    chart: 2,
    hatch: 1,
    code: 1,
    barcode: 1,
    grid: 1,
    blobs: 1,
  });
  const { context } = sheet;
  context.save();
  context.beginPath();
  context.rect(area.x, area.y, area.width, area.height);
  context.clip();
  if (kind === 'photo' && textures) photo(sheet, area, random, textures);
  else if (kind === 'chart') chart(sheet, area, random, tone);
  else if (kind === 'hatch') hatch(sheet, area, random, tone);
  else if (kind === 'code') squareCode(sheet, area, random, tone);
  else if (kind === 'barcode') barcode(sheet, area, random, tone);
  else if (kind === 'grid') grid(sheet, area, random, tone);
  else if (kind === 'blobs') blobs(sheet, area, random);
  else sketch(sheet, area, random, tone);
  context.restore();
  if (random.chance(0.35)) sheet.frame(area.x, area.y, area.width, area.height, random.range(0.7, 3), tone);
}

/** A texture or photograph, stretched over the area. */
export function photo(sheet: Sheet, area: Box, random: Random, textures: TextureStore): void {
  const texture = textures.pick(random);
  drawGray(sheet, texture, area, random.chance(0.3));
  // Many photographs of documents are dark, pale, or of high contrast.
  if (random.chance(0.4)) {
    sheet.context.globalAlpha = random.range(0.1, 0.5);
    sheet.fill(area.x, area.y, area.width, area.height, random.pick([0, 0, 255]));
    sheet.context.globalAlpha = 1;
  }
  if (random.chance(0.4)) blobs(sheet, area, random);
}

export function drawGray(sheet: Sheet, image: GrayImage, area: Box, mirrored = false): void {
  const { context } = sheet;
  const canvas = createCanvas(image.width, image.height);
  const small = canvas.getContext('2d');
  const pixels = small.createImageData(image.width, image.height);
  for (let i = 0, k = 0; i < image.data.length; i++, k += 4) {
    pixels.data[k] = pixels.data[k + 1] = pixels.data[k + 2] = image.data[i]!;
    pixels.data[k + 3] = 255;
  }
  small.putImageData(pixels, 0, 0);
  context.save();
  context.translate(area.x + (mirrored ? area.width : 0), area.y);
  context.scale(mirrored ? -1 : 1, 1);
  context.drawImage(canvas, 0, 0, area.width, area.height);
  context.restore();
}

/** Free lines and shapes: a technical drawing, a plant, a map. */
export function sketch(sheet: Sheet, area: Box, random: Random, tone: number): void {
  const { context } = sheet;
  const scale = Math.min(area.width, area.height);
  const px = () => area.x + random.range(0.02, 0.98) * area.width;
  const py = () => area.y + random.range(0.02, 0.98) * area.height;
  context.strokeStyle = grey(tone);
  context.fillStyle = grey(random.chance(0.5) ? tone : 255 - tone * 0.5);
  for (let n = random.int(3, 22); n > 0; n--) {
    context.lineWidth = random.range(0.6, Math.max(1, scale * 0.012));
    context.beginPath();
    switch (random.weighted({ curve: 5, circle: 2, box: 2, line: 3, arrow: 1 })) {
      case 'curve':
        context.moveTo(px(), py());
        for (let k = random.int(1, 4); k > 0; k--) context.bezierCurveTo(px(), py(), px(), py(), px(), py());
        break;
      case 'circle':
        context.ellipse(
          px(),
          py(),
          random.range(0.01, 0.3) * scale,
          random.range(0.01, 0.3) * scale,
          random.range(0, 3),
          0,
          6.3,
        );
        break;
      case 'box':
        context.rect(px(), py(), random.range(0.05, 0.4) * scale, random.range(0.05, 0.4) * scale);
        break;
      case 'line':
        context.moveTo(px(), py());
        context.lineTo(px(), py());
        break;
      case 'arrow': {
        const x = px();
        const y = py();
        context.moveTo(x, y);
        context.lineTo(x + 0.2 * scale, y);
        context.lineTo(x + 0.17 * scale, y - 0.02 * scale);
        break;
      }
    }
    if (random.chance(0.12)) context.fill();
    context.stroke();
  }
  if (random.chance(0.3)) {
    for (let n = random.int(30, 200); n > 0; n--)
      sheet.fill(px(), py(), random.range(1, 3), random.range(1, 3), tone);
  }
}

/** Bars, lines or slices, without their captions. */
export function chart(sheet: Sheet, area: Box, random: Random, tone: number): void {
  const { context } = sheet;
  const { x, y, width, height } = area;
  sheet.rule(x, y, x, y + height, 1.5, tone);
  sheet.rule(x, y + height, x + width, y + height, 1.5, tone);
  for (let n = random.int(0, 6), k = 1; k <= n; k++) {
    sheet.rule(
      x,
      y + (height * k) / (n + 1),
      x + width,
      y + (height * k) / (n + 1),
      0.6,
      random.range(120, 220),
    );
  }
  const bars = random.int(3, 14);
  if (random.chance(0.5)) {
    for (let i = 0; i < bars; i++) {
      const bar = height * random.range(0.1, 0.95);
      sheet.fill(
        x + (width * (i + 0.2)) / bars,
        y + height - bar,
        (width * 0.6) / bars,
        bar,
        random.range(0, 220),
      );
    }
  } else if (random.chance(0.6)) {
    for (let n = random.int(1, 4); n > 0; n--) {
      context.strokeStyle = grey(random.range(0, 160));
      context.lineWidth = random.range(0.8, 3);
      context.beginPath();
      for (let i = 0; i <= bars; i++)
        context.lineTo(x + (width * i) / bars, y + height * random.range(0.05, 0.95));
      context.stroke();
    }
  } else {
    const radius = 0.45 * Math.min(width, height);
    let angle = 0;
    while (angle < 6.28) {
      const next = Math.min(6.29, angle + random.range(0.3, 2));
      context.fillStyle = grey(random.range(30, 240));
      context.beginPath();
      context.moveTo(x + width / 2, y + height / 2);
      context.arc(x + width / 2, y + height / 2, radius, angle, next);
      context.fill();
      angle = next;
    }
  }
}

export function hatch(sheet: Sheet, area: Box, random: Random, tone: number): void {
  const step = random.range(2.5, 14);
  const slope = random.range(-1, 1);
  const width = random.range(0.5, 0.45 * step);
  for (let x = -area.height; x < area.width + area.height; x += step) {
    sheet.rule(area.x + x, area.y, area.x + x + slope * area.height, area.y + area.height, width, tone);
  }
}

export function grid(sheet: Sheet, area: Box, random: Random, tone: number): void {
  const rows = random.int(2, 24);
  const columns = random.int(1, 14);
  const stroke = random.range(0.6, 2.5);
  for (let i = 0; i <= rows; i++) {
    const y = area.y + (area.height * i) / rows;
    sheet.rule(area.x, y, area.x + area.width, y, stroke, tone);
  }
  for (let i = 0; i <= columns; i++) {
    const x = area.x + (area.width * i) / columns;
    sheet.rule(x, area.y, x, area.y + area.height, stroke, tone);
  }
}

/** A grey that a copier or a bilevel scan breaks up into dots, in rows or at random. @param share of the area that is ink */
export function stipple(sheet: Sheet, area: Box, random: Random, share: number, tone: number): void {
  const dot = random.pick([1, 1, 2]);
  const step = dot / Math.sqrt(Math.max(0.02, share));
  const regular = random.chance(0.4);
  sheet.context.fillStyle = grey(tone);
  for (let row = 0, y = area.y; y < area.y + area.height; y += step, row++) {
    for (let x = area.x + (row % 2) * 0.5 * step; x < area.x + area.width; x += step) {
      const [dx, dy] = regular ? [0, 0] : [random.range(-step, step), random.range(-step, step)];
      const [left, top] = [Math.round(x + dx), Math.round(y + dy)];
      if (left < area.x || top < area.y || left > area.x + area.width || top > area.y + area.height) continue;
      sheet.context.fillRect(left, top, dot, dot);
    }
  }
}

/** Soft patches of tone, as of people, clouds, furniture out of focus. */
export function blobs(sheet: Sheet, area: Box, random: Random): void {
  const { context } = sheet;
  for (let n = random.int(2, 9); n > 0; n--) {
    const x = area.x + random.next() * area.width;
    const y = area.y + random.next() * area.height;
    const radius = random.range(0.05, 0.5) * Math.min(area.width, area.height);
    const tone = Math.round(random.range(0, 255));
    if (random.chance(0.5)) {
      const gradient = context.createRadialGradient(x, y, 0, x, y, radius);
      gradient.addColorStop(0, `rgba(${tone},${tone},${tone},${random.range(0.3, 1).toFixed(2)})`);
      gradient.addColorStop(1, `rgba(${tone},${tone},${tone},0)`);
      context.fillStyle = gradient;
      context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    } else {
      context.save();
      context.globalAlpha = random.range(0.3, 1);
      context.translate(x, y);
      context.rotate(random.range(0, 3));
      sheet.fill(
        -radius,
        -radius * 0.6,
        2 * radius,
        random.range(0.05, 1.2) * radius,
        tone,
        random.chance(0.3) ? radius * 0.2 : 0,
      );
      context.restore();
    }
  }
}

/** A row of small shapes: bullets, stars, waves. */
export function ornament(
  sheet: Sheet,
  x: number,
  y: number,
  width: number,
  size: number,
  random: Random,
  tone: number,
): void {
  const { context } = sheet;
  const count = Math.max(1, Math.floor(width / (size * random.range(1, 3))));
  const kind = random.int(0, 3);
  context.fillStyle = grey(tone);
  context.strokeStyle = grey(tone);
  context.lineWidth = Math.max(0.7, size * 0.1);
  for (let i = 0; i < count; i++) {
    const cx = x + (width * (i + 0.5)) / count;
    context.beginPath();
    if (kind === 0) context.arc(cx, y, size / 2, 0, 6.3);
    else if (kind === 1) {
      for (let k = 0; k < 10; k++) {
        const r = (k % 2 ? 0.22 : 0.5) * size;
        context.lineTo(cx + r * Math.sin((k * Math.PI) / 5), y - r * Math.cos((k * Math.PI) / 5));
      }
    } else if (kind === 2) context.rect(cx - size / 3, y - size / 3, size / 1.5, size / 1.5);
    else {
      context.moveTo(cx - size / 2, y);
      context.quadraticCurveTo(cx - size / 4, y - size / 2, cx, y);
      context.quadraticCurveTo(cx + size / 4, y + size / 2, cx + size / 2, y);
    }
    if (kind === 3) context.stroke();
    else context.fill();
  }
}
