/** Spreadsheets and accounts: many narrow columns of figures, in groups of rows with heads, sums and rules. */
import type { Random } from '../../../models/base/random.js';
import { Sheet, type TextStyle } from '../sheet.js';
import { type LaidOut, type LayoutContext, LOUD_FACES, logRange, pageSize, pickFace } from './layout.js';

/** Blank between two columns of figures, in ems, at least: closer ones would be words of one line. */
const GAP = 0.7;

interface Grid {
  readonly context: LayoutContext;
  readonly sheet: Sheet;
  readonly style: TextStyle;
  /** Left end of the rows' names, then the right end of each column. */
  readonly left: number;
  readonly nameWidth: number;
  readonly rightEnds: readonly number[];
  readonly columnWidth: number;
  readonly rowHeight: number;
  readonly figures: Figures;
}

/** How the figures of one page are written. */
interface Figures {
  readonly decimals: number;
  /** Typical number of digits before the point. */
  readonly digits: number;
  readonly currency: string;
  readonly separator: ',' | ' ' | '';
  /** Losses in brackets, else behind a minus. */
  readonly brackets: boolean;
  /** What stands for nothing; empty: the cell stays empty. */
  readonly nothing: string;
}

type RowKind = 'figures' | 'percent' | 'sum';

export function spreadsheetPage(context: LayoutContext): LaidOut {
  const { random, writer } = context;
  const [width, height] = pageSize(random, 480, 1400, 0.55);
  const face = pickFace(context, { serif: 4, sans: 6, mono: 0.7 });
  const ink = random.range(0, 60);
  const sheet = new Sheet(width, height, random.range(238, 255));
  const margin = width * random.range(0.015, 0.06);
  const inner = width - 2 * margin;
  const em = Math.max(6.5, Math.min(20, inner / logRange(random, 32, 120)));
  const columnWidth = em * random.range(3.2, 6);
  const nameWidth = em * random.range(7, 16);
  const columns = Math.max(3, Math.floor((inner - nameWidth) / columnWidth));
  const left = margin + random.range(0, Math.max(0, inner - nameWidth - columns * columnWidth));
  const grid: Grid = {
    context,
    sheet,
    style: { face, size: em, tone: ink },
    left,
    nameWidth,
    rightEnds: Array.from({ length: columns }, (_, i) => left + nameWidth + (i + 1) * columnWidth),
    columnWidth,
    rowHeight: em * random.range(1.1, 1.7),
    figures: {
      decimals: random.pick([0, 0, 1, 1, 2]),
      digits: random.int(1, 5),
      currency: random.pick(['$', '$', '€', '£', '']),
      separator: random.pick([',', ',', '', ' '] as const),
      brackets: random.chance(0.6),
      nothing: random.pick(['', '-', '—', '0', 'n/a']),
    },
  };

  let y = height * random.range(0.02, 0.06);
  if (random.chance(0.6)) {
    const title = { ...grid.style, face: pickFace(context, LOUD_FACES), size: em * random.range(1.2, 2.4) };
    y += title.size;
    sheet.text(writer.phrase(title.face, 40), left, y, title);
    y += em;
  }
  const top = y;
  y = heads(grid, y);
  const bottom = height - em;
  while (y + 2 * grid.rowHeight < bottom) y = group(grid, y, bottom) + grid.rowHeight * random.range(0, 1.2);
  if (random.chance(0.5)) uprights(grid, top, Math.min(y, bottom));
  return { sheet, captures: { clean: 4, scan: 4, fax: 1, photo: 1 } };
}

/** A row of what each column is of: months, quarters, years. Returns the y below it. */
function heads(grid: Grid, y: number): number {
  const { context, sheet, style, left, rightEnds, columnWidth, rowHeight } = grid;
  const { random, writer } = context;
  const baseline = y + rowHeight;
  if (random.chance(0.6)) sheet.text(writer.phrase(style.face, 16), left, baseline, style);
  const kind = random.pick(['month', 'quarter', 'year', 'letter'] as const);
  const year = random.int(1970, 2030);
  const suffix = random.pick(['', '', 'e', 'E', 'A']);
  rightEnds.forEach((right, i) => {
    write(grid, headOf(kind, i, year, suffix), right, baseline);
  });
  if (random.chance(0.6)) {
    const last = rightEnds[rightEnds.length - 1]!;
    const from = random.chance(0.5) ? left : rightEnds[0]! - columnWidth;
    rule(grid, from, last, baseline + 0.35 * style.size);
  }
  return baseline + 0.4 * rowHeight;
}

const MONTHS = ['Mar', 'Jun', 'Sep', 'Dec'];

function headOf(
  kind: 'month' | 'quarter' | 'year' | 'letter',
  column: number,
  year: number,
  suffix: string,
): string {
  const short = String((year + Math.floor(column / 4)) % 100).padStart(2, '0');
  if (kind === 'month') return `${MONTHS[column % 4]}-${short}${suffix}`;
  if (kind === 'quarter') return `Q${1 + (column % 4)}${column % 4 === 0 ? ` ${short}` : ''}`;
  if (kind === 'year') return `${year + column}${suffix}`;
  return String.fromCharCode(65 + (column % 26));
}

/** A head, rows of figures and perhaps their sum. Returns the y below it. */
function group(grid: Grid, from: number, bottom: number): number {
  const { context, sheet, style, left, nameWidth, rowHeight } = grid;
  const { random, writer } = context;
  let y = from + rowHeight;
  const name = (indent: number) => {
    const chars = Math.floor((nameWidth - indent) / (0.55 * style.size)) - 1;
    const text = writer.phrase(style.face, Math.max(3, chars));
    if (sheet.measure(text, style) > nameWidth - indent - GAP * style.size) return;
    sheet.text(text, left + indent, y, style);
  };
  if (random.chance(0.5)) {
    const head = { ...style, underline: random.chance(0.5) };
    sheet.text(writer.phrase(style.face, Math.max(4, Math.floor(nameWidth / style.size))), left, y, head);
    y += rowHeight;
  }
  const indent = random.chance(0.4) ? random.range(0.5, 1.5) * style.size : 0;
  const kind: RowKind = random.chance(0.25) ? 'percent' : 'figures';
  const hasSum = kind === 'figures' && random.chance(0.5);
  const count = random.int(1, 8);
  for (let row = 0; row < count && y < bottom; row++, y += rowHeight) {
    name(indent);
    cells(grid, y, kind, row === 0);
  }
  if (hasSum && y < bottom) {
    const last = grid.rightEnds[grid.rightEnds.length - 1]!;
    const start = grid.rightEnds[0]! - grid.columnWidth;
    rule(grid, start, last, y - 0.82 * rowHeight);
    name(0);
    cells(grid, y, 'sum', true);
    if (random.chance(0.4)) for (const below of [0.3, 0.42]) rule(grid, start, last, y + below * style.size);
    y += rowHeight;
  }
  return y;
}

function cells(grid: Grid, baseline: number, kind: RowKind, isFirst: boolean): void {
  const { random } = grid.context;
  const empty = random.chance(0.15) ? 0.6 : 0.03;
  for (const right of grid.rightEnds) {
    if (random.chance(empty)) write(grid, grid.figures.nothing, right, baseline);
    else write(grid, figure(random, grid.figures, kind, isFirst), right, baseline);
  }
}

function figure(
  random: Random,
  { decimals, digits, currency, separator, brackets }: Figures,
  kind: RowKind,
  isFirst: boolean,
): string {
  if (kind === 'percent') return `${random.int(0, 100)}${random.chance(0.3) ? `.${random.int(0, 9)}` : ''}%`;
  const value = 10 ** random.range(Math.max(0, digits - 2), digits) * (kind === 'sum' ? 3 : 1);
  const [whole, rest] = value.toFixed(decimals).split('.');
  const amount = `${whole!.replace(/\B(?=(\d{3})+$)/g, separator)}${rest ? `.${rest}` : ''}`;
  const money = isFirst ? `${currency}${amount}` : amount;
  if (!random.chance(0.1)) return money;
  return brackets ? `(${money})` : `-${money}`;
}

/** Text that ends at `right`, where there is room and the face has its signs. */
function write({ sheet, style, columnWidth }: Grid, text: string, right: number, baseline: number): void {
  if (text === '' || !style.face.font.supportsAll(text.replaceAll(' ', ''))) return;
  if (sheet.measure(text, style) > columnWidth - GAP * style.size) return;
  sheet.text(text, right - 0.2 * style.size, baseline, style, { align: 'right' });
}

/** Lines between groups of columns. */
function uprights({ context, sheet, style, rightEnds }: Grid, top: number, bottom: number): void {
  const { random } = context;
  const every = random.pick([1, 3, 4, 4, 12]);
  const stroke = random.range(0.6, 2);
  for (let i = every - 1; i < rightEnds.length; i += every)
    sheet.rule(rightEnds[i]!, top, rightEnds[i]!, bottom, stroke, style.tone);
}

function rule({ context, sheet, style }: Grid, from: number, to: number, y: number): void {
  sheet.rule(from, y, to, y, context.random.range(0.6, 1.8), style.tone);
}
