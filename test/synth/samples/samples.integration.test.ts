import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { renderingFolders } from '../../../apps/cli/data-folders.js';
import { findDataFolder, packageRoot } from '../../../models/base/paths.js';
import { drawSamples } from '../../../synth/samples/make-samples.js';

const samples = join(packageRoot(), 'samples');
const pixels = (bytes: Buffer) => sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });

describe('the samples', () => {
  it.runIf(findDataFolder())(
    'are what the generator draws (needs the fonts of POCKETLENS_DATA)',
    async () => {
      const { fontFolder } = await renderingFolders({});
      for (const { file, bytes, text } of await drawSamples(fontFolder)) {
        const name = file.replace(/\.[^.]+$/, '');
        expect(readFileSync(join(samples, 'expected', `${name}.txt`), 'utf8')).toBe(`${text}\n`);
        const [drawn, kept] = await Promise.all([pixels(bytes), pixels(readFileSync(join(samples, file)))]);
        expect(drawn.info).toEqual(kept.info);
        let difference = 0;
        for (let i = 0; i < drawn.data.length; i++) difference += Math.abs(drawn.data[i]! - kept.data[i]!);
        // Encoders of another release may differ by a level here and there.
        expect(difference / drawn.data.length, file).toBeLessThan(0.5);
      }
    },
  );

  it('name their fonts and licences', () => {
    const readme = readFileSync(join(samples, 'README.md'), 'utf8');
    for (const file of ['receipt', 'scanned-page', 'sign', 'screenshot', 'selftest'])
      expect(readme).toContain(`\`${file}.`);
    expect(readme).toMatch(/OFL-1\.1/);
    expect(existsSync(join(samples, 'selftest.txt'))).toBe(true);
  });
});
