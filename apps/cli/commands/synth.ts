/** `pocketlens synth`: training images with labels, and a sheet to look at. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { decimal, integer } from '../values.js';

interface SourceFlags {
  fonts?: string;
  corpus?: string;
  textures?: string;
  seed: number;
  strength: number;
}

interface CountFlags extends SourceFlags {
  count: number;
  from: number;
  output: string;
  threads?: number;
}

interface CropFlags extends CountFlags {
  compositing: boolean;
}

interface PageFlags extends CountFlags {
  kinds?: string;
  photos?: string;
}

const SOURCES = `
The same seed gives the same images. Fonts, corpus and textures are looked for in the data sets
(POCKETLENS_DATA, else ./data); any folder of fonts or texts will do.`;

export function register(program: Command): void {
  const synth = program
    .command('synth')
    .description('render training images with labels')
    .addHelpText('after', SOURCES);
  for (const kind of ['line', 'word'] as const)
    withCounts(synth.command(`${kind}s`).description(`crops of one ${kind} each, with labels.tsv`))
      .option('--no-compositing', 'plain ink on plain ground')
      .action((flags: CropFlags) => writeCrops(kind, flags));
  withCounts(
    synth.command('pages').description('whole pages, each with the text and place of its lines and words'),
  )
    .option('--kinds <names>', 'kinds of page, separated by commas, e.g. receipt,form (default: all)')
    .option('--photos <folder>', 'photographs that scenes and banners stand on (default: the textures)')
    .action(writePageFiles);
  withSources(
    synth.command('preview').description('a contact sheet of each augmentation and of all together'),
  )
    .option('--no-compositing', 'plain ink on plain ground')
    .option('-o, --output <file>', 'a PNG file, or "-"', 'preview.png')
    .action(preview);
}

function withCounts(command: Command): Command {
  return withSources(command)
    .requiredOption('-n, --count <n>', 'how many', integer('--count', 1))
    .requiredOption('-o, --output <folder>', 'where to')
    .option('--from <n>', 'number of the first one', integer('--from', 0), 0)
    .option(
      '--threads <n>',
      'rendering threads (default: one a processor core)',
      integer('--threads', 1, 256),
    );
}

function withSources(command: Command): Command {
  const [seed, strength] = [integer('--seed', 0, 2 ** 53 - 1), decimal('--strength', 0, 1)];
  return command
    .option('-s, --seed <n>', 'what the random draws start from', seed, 1)
    .option('--strength <p>', 'of all distortions and degradations, from 0 to 1', strength, 1)
    .option('--fonts <folder>', 'fonts to use')
    .option('--corpus <folder>', 'texts to take words from')
    .option('--textures <folder>', 'background pictures');
}

async function rendererOptions(flags: SourceFlags) {
  const [{ renderingFolders }, { DEFAULT_CHARSET }] = await Promise.all([
    import('../data-folders.js'),
    import('../../../models/recognizer/charset.js'),
  ]);
  const { seed, strength } = flags;
  return { ...(await renderingFolders(flags)), charset: DEFAULT_CHARSET, seed, strength };
}

/** A thread is worth its start for `least` images; 0: render in this one. */
function threadsFor(flags: CountFlags, least: number): number {
  const threads = Math.min(flags.threads ?? availableParallelism(), Math.ceil(flags.count / least));
  return threads > 1 ? threads : 0;
}

/** Runs `write` with a progress bar and Ctrl-C, and says in the end what came of it. */
async function withProgress(
  flags: CountFlags,
  unit: string,
  write: (onDone: (done: number) => void, signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const [{ interruptible }, { startProgress }, { ui }] = await Promise.all([
    import('../interrupt.js'),
    import('../progress.js'),
    import('../ui.js'),
  ]);
  const bar = await startProgress(flags.count, unit);
  try {
    await interruptible(async (signal) => {
      await write((done) => bar.update(done), signal);
      signal.throwIfAborted();
    });
  } finally {
    bar.stop();
  }
  ui.note(`Wrote ${flags.count} ${unit} to ${flags.output}.`);
}

async function writeCrops(kind: 'line' | 'word', flags: CropFlags): Promise<void> {
  const { writeLines } = await import('../../../synth/preview.js');
  const options = { ...(await rendererOptions(flags)), kind, compositing: flags.compositing };
  const { count, from, output } = flags;
  const workers = threadsFor(flags, 64);
  await withProgress(flags, `${kind}s`, (onProgress, signal) =>
    writeLines(options, count, output, { from, workers, onProgress, signal }),
  );
}

async function writePageFiles(flags: PageFlags): Promise<void> {
  const { writePages } = await import('../../../synth/page/write-pages.js');
  // Every kind that is named is as likely as the others; the renderer refuses unknown ones.
  const kinds = flags.kinds && Object.fromEntries(flags.kinds.split(',').map((kind) => [kind.trim(), 1]));
  const options = {
    ...(await rendererOptions(flags)),
    ...(kinds && { kinds }),
    ...(flags.photos !== undefined && { photoFolder: flags.photos }),
  };
  const { count, from, output } = flags;
  const workers = threadsFor(flags, 4);
  await withProgress(flags, 'pages', (onDone, signal) => {
    let done = 0;
    return writePages(options, count, output, { from, workers, signal, onPage: () => onDone(++done) });
  });
}

async function preview(flags: SourceFlags & { output: string; compositing: boolean }): Promise<void> {
  const [options, { drawPreview }, { writeFileWhole }, { ui, writeTo }] = await Promise.all([
    rendererOptions(flags),
    import('../../../synth/preview.js'),
    import('../../files/write-file.js'),
    import('../ui.js'),
  ]);
  const png = await drawPreview({ ...options, compositing: flags.compositing });
  if (flags.output === '-') return writeTo(process.stdout, png);
  await writeFileWhole(flags.output, png);
  ui.note(`Wrote ${flags.output}.`);
}
