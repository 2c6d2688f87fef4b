/** `pocketlens engine`: sets up native TensorFlow for training. Reading pages does not need it. */
import type { Command } from 'commander';

interface EngineFlags {
  forTests?: boolean;
  wheel?: string;
}

export function register(program: Command): void {
  program
    .command('engine')
    .description('set up native TensorFlow for training (reading pages does not need it)')
    .option(
      '--for-tests',
      'where it cannot be set up, say so and succeed: tests then use the portable backend',
    )
    .option('--wheel <file>', 'use this TensorFlow wheel instead of downloading it')
    .addHelpText(
      'after',
      '\nNeeds python3 with pip, a C++ compiler and 1.6 GB of disk. What is kept (0.9 GB) lies in the user cache\n' +
        '(POCKETLENS_CACHE, else ~/.cache/pocketlens), so a second checkout takes a second.',
    )
    .action(run);
}

async function run(flags: EngineFlags): Promise<void> {
  const { installEngine } = await import('../../../models/engine/install.js');
  const { PocketlensError } = await import('../../../models/base/errors.js');
  const log = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const { changed, libraryFolder } = await installEngine({
      log,
      ...(flags.wheel ? { wheel: flags.wheel } : {}),
    });
    if (changed || !flags.forTests) log(`Native TensorFlow is ready (${libraryFolder}).`);
  } catch (error) {
    if (!flags.forTests || !(error instanceof PocketlensError) || error.code !== 'engine_missing')
      throw error;
    log(`${error.message} The tests run on the portable backend at smaller sizes.`);
  }
}
