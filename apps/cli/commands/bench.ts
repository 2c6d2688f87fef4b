/** `pocketlens bench`: measurements, and comparisons with other programs. What each measures is in `bench/`. */
import type { Command } from 'commander';
import { registerCompression } from '../bench/compression.js';
import { registerCrf } from '../bench/crf.js';
import { registerDecoders } from '../bench/decoders.js';
import { registerDemo } from '../bench/demo.js';
import { registerLongLines } from '../bench/long-lines.js';
import { registerOcr } from '../bench/ocr.js';
import { registerSaliency } from '../bench/saliency.js';
import { registerService } from '../bench/service.js';

export function register(program: Command): void {
  const bench = program
    .command('bench')
    .description('compare accuracy, speed and memory with other programs');
  registerOcr(bench);
  registerSaliency(bench);
  registerCrf(bench);
  registerDecoders(bench);
  registerCompression(bench);
  registerLongLines(bench);
  registerService(bench);
  registerDemo(bench);
}
