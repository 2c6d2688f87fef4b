/** Where a bench puts what it found: on standard output, and into the files that --json and --write name. */
import type { Command } from 'commander';

export interface ReportFlags {
  readonly json?: string;
  readonly write?: string;
}

/** Adds --write. @param region of the file, between comments that name it. */
export function withWrite(command: Command, region: string): Command {
  return command.option(
    '--write <file>',
    `put the report between <!-- ${region} --> and <!-- /${region} --> of this file`,
  );
}

/**
 * Refuses what cannot be written before the work, not after it.
 *
 * @returns prints a report and writes the files; `figures` are what --json is to hold
 * @throws what reading and writing the files throws; invalid_data where the region's marks are missing
 */
export async function openReport(
  { json, write }: ReportFlags,
  region: string,
): Promise<(report: string, figures?: unknown) => Promise<void>> {
  const [{ fillRegion }, { writeFileWhole }, { writeTo }] = await Promise.all([
    import('../train/bench/fill-region.js'),
    import('../files/write-file.js'),
    import('./ui.js'),
  ]);
  if (write !== undefined) await fillRegion(write, region, '');
  return async (report, figures) => {
    await writeTo(process.stdout, `${report}\n`);
    if (json !== undefined) await writeFileWhole(json, `${JSON.stringify(figures, plain, 2)}\n`);
    if (write !== undefined) await writeFileWhole(write, await fillRegion(write, region, report));
  };
}

const plain = (_: string, value: unknown) => (value instanceof Float64Array ? [...value] : value);
