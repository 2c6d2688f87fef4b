/** `metrics.jsonl` of a run: one JSON object a line, appended as it happens; `kind` is "step" or "evaluation". */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

export interface MetricsRecord {
  readonly kind: 'step' | 'evaluation';
  readonly step: number;
  /** Minutes of training over all sessions of the run. */
  readonly minutes: number;
  readonly values: Readonly<Record<string, number>>;
}

export function appendMetrics(file: string, record: MetricsRecord): void {
  const values = Object.fromEntries(
    Object.entries(record.values).map(([k, v]) => [k, Number(v.toPrecision(6))]),
  );
  appendFileSync(
    file,
    `${JSON.stringify({ ...record, minutes: Number(record.minutes.toFixed(2)), values })}\n`,
  );
}

/** Lines that do not parse (a run killed while it wrote) are left out. */
export function readMetrics(file: string): MetricsRecord[] {
  if (!existsSync(file)) return [];
  const records: MetricsRecord[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    try {
      if (line) records.push(JSON.parse(line) as MetricsRecord);
    } catch {
      // half a line
    }
  }
  return records;
}
