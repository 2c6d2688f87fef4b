/** `npm run demo`: builds a bundle where none is named, assembles the site, serves it. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { expected, PocketlensError } from '../../../../models/base/errors.js';
import { packageRoot } from '../../../../models/base/paths.js';
import { buildSite } from './build-site.js';
import { serveSite } from './serve-site.js';
import { shippedBundle } from './shipped-bundle.js';

const HELP = `npm run demo -- [options]

Reads text and finds subjects in the browser, with the models of a bundle. The folder that it writes works on any static host.

  --bundle PATH  the bundle, a folder or a zip file, to show
                 (default: built from the shipped models)
  --out DIR      where to write the site (default: runs/demo/site)
  --port N       where to serve it, on 127.0.0.1 (default: 8090; 0: any free port)
  --build-only   write the site and do not serve it
`;

const note = (text: string) => process.stderr.write(`${text}\n`);

/** @returns the exit code */
export async function runDemo(args: readonly string[]): Promise<number> {
  try {
    const flags = parse(args);
    if (flags.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const bundle = flags.bundle ?? (await shippedBundle(note));
    const site = await buildSite({ bundle, target: flags.out });
    process.stderr.write(
      `Wrote ${site.files} files, ${(site.bytes / 1e6).toFixed(1)} MB, to ${site.folder}\n`,
    );
    if (flags.buildOnly) return 0;
    const running = await serveSite(site.folder, { port: flags.port });
    note(`Listening on ${running.url} (Ctrl-C ends it)`);
    await interrupted();
    await running.close();
    return 0;
  } catch (error) {
    if (!(error instanceof PocketlensError)) throw error;
    process.stderr.write(`pocketlens: ${error.toLine()}\n`);
    return error.exitCode;
  }
}

function parse(args: readonly string[]) {
  let values: ReturnType<typeof read>;
  try {
    values = read(args);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new PocketlensError('usage', `Expected other options: ${said}`, { remedy: 'See --help.', cause });
  }
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : Number.NaN;
  if (!(port <= 65_535))
    throw expected('invalid_argument', 'a number from 0 to 65535', '--port', values.port);
  return { ...values, port, buildOnly: values['build-only'] };
}

function read(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      bundle: { type: 'string' },
      out: { type: 'string', default: join(packageRoot(), 'runs', 'demo', 'site') },
      port: { type: 'string', default: '8090' },
      'build-only': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}

/** Resolves with the first Ctrl-C or SIGTERM. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
