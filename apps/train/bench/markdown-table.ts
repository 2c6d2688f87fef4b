/** Tables as Markdown, padded so that they read well in a terminal too. */

export interface Column {
  readonly title: string;
  /** "left" for names, "right" (the default) for figures. */
  readonly align?: 'left' | 'right';
}

/** Vertical bars and line ends in cells are made harmless; an undefined cell shows as "–". */
export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | undefined)[])[],
): string {
  const header = columns.map(({ title }) => clean(title));
  const body = rows.map((row) => columns.map((_, i) => clean(row[i] ?? '–')));
  const widths = header.map((title, i) => Math.max(3, length(title), ...body.map((row) => length(row[i]!))));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, i) => pad(cell, widths[i]!, columns[i]!.align ?? 'right'));
    return `| ${padded.join(' | ')} |`;
  };
  const rule = widths.map((width, i) =>
    columns[i]!.align === 'left' ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(header), `| ${rule.join(' | ')} |`, ...body.map(line)].join('\n');
}

function clean(cell: string): string {
  return cell.replace(/\s*[\r\n]+\s*/g, ' ').replace(/\|/g, '\\|');
}

function length(cell: string): number {
  return [...cell].length;
}

function pad(cell: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(width - length(cell));
  return align === 'left' ? cell + space : space + cell;
}
