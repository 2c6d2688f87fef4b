/** `pocketlens selftest`: reads a picture that comes with the package and compares the text. */
import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('selftest')
    .description('read a known image and check the answer')
    .option('--model <folder>', 'use the models in this folder')
    .action(run);
}

async function run(flags: { model?: string }): Promise<void> {
  const [{ selftest }, { ui, writeTo }] = await Promise.all([
    import('../../ocr/selftest.js'),
    import('../ui.js'),
  ]);
  const { characters, seconds } = await selftest(flags.model);
  await writeTo(process.stdout, 'ok\n');
  ui.note(`Read ${characters} characters as expected in ${seconds.toFixed(2)} s.`);
}
