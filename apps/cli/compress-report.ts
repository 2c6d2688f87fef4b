/** `pocketlens compress report`: what a compression run came to, as Markdown with plots or as JSON. */
import { basename, dirname, extname, join } from 'node:path';
import type { Command } from 'commander';
import { choice } from './values.js';

interface ReportFlags {
  readonly format?: 'markdown' | 'json';
  readonly output?: string;
}

export function registerCompressReport(compress: Command): void {
  compress
    .command('report')
    .description('tables and plots of a compression run')
    .argument('<run>', 'folder of the run')
    .option(
      '--format <name>',
      'markdown or json (default: by the suffix of --output, else markdown)',
      choice('--format', ['markdown', 'json']),
    )
    .option('-o, --output <file>', 'write it here, and SVG plots beside it, instead of to standard output')
    .action((run: string, _own: unknown, command: Command) =>
      // `compress` has an --output too, and takes it before this command sees it.
      report(run, command.optsWithGlobals<ReportFlags>()),
    );
}

async function report(run: string, flags: ReportFlags): Promise<void> {
  const [{ readRun }, { runReport }, { writeFileWhole }, { writeTo }] = await Promise.all([
    import('../../compression/run-folder.js'),
    import('../../compression/report/run-report.js'),
    import('../files/write-file.js'),
    import('./ui.js'),
  ]);
  const figures = runReport(await readRun(run));
  const { output } = flags;
  const format = flags.format ?? (output && extname(output).toLowerCase() === '.json' ? 'json' : 'markdown');
  const plots = output === undefined ? [] : await writePlots(output, figures);
  const text =
    format === 'json'
      ? `${JSON.stringify(figures, null, 2)}\n`
      : (await import('../train/compression/report-markdown.js')).reportMarkdown(figures, plots);
  if (output === undefined) await writeTo(process.stdout, text);
  else await writeFileWhole(output, text);
}

/** @returns names of the plots, which lie beside the report */
async function writePlots(
  output: string,
  figures: import('../../compression/report/run-report.js').RunReport,
): Promise<string[]> {
  const [{ layerFigure, tradeOffFigure }, { writeFigure }] = await Promise.all([
    import('../train/compression/report-figures.js'),
    import('../train/render-svg.js'),
  ]);
  const stem = basename(output, extname(output));
  const names: string[] = [];
  for (const [kind, figure] of [
    ['trade-off', tradeOffFigure(figures)],
    ['layers', layerFigure(figures)],
  ] as const) {
    if (!figure) continue;
    const name = `${stem}-${kind}.svg`;
    await writeFigure(join(dirname(output), name), figure);
    names.push(name);
  }
  return names;
}
