/** The options that say how large an image may be. */
import type { Command } from 'commander';
import { integer } from './values.js';

/** Adds --max-pixels and --max-bytes. @param defaults as the help names them */
export function withImageLimits(command: Command, defaults: { pixels: number; bytes: number }): Command {
  return command
    .option(
      '--max-pixels <n>',
      `refuse larger images (default: ${defaults.pixels})`,
      integer('--max-pixels', 1, 2 ** 31),
    )
    .option(
      '--max-bytes <n>',
      `refuse larger files (default: ${defaults.bytes})`,
      integer('--max-bytes', 1, 2 ** 31 - 1),
    );
}
