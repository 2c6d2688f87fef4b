/** The result of a bench as Markdown: one row a program. */
import { HEADLINE_SETS } from '../read-set.js';
import type { SetScore } from '../scoring/score.js';
import { threadsOn } from './machine.js';
import { type Column, markdownTable } from './markdown-table.js';
import type { BenchPeer, BenchResult, BenchSet } from './run-bench.js';
import type { SetKind } from './sets.js';

const TABLES = [
  { kind: 'lines', title: 'Lines: CER / WER, %', first: 'cer', second: 'wer' },
  { kind: 'words', title: 'Words: accuracy / CER, %', first: 'accuracy', second: 'cer' },
  { kind: 'pages', title: 'Pages: bag-of-words F1 / median CER, %', first: 'wordF1', second: 'medianCer' },
] as const satisfies readonly {
  kind: SetKind;
  title: string;
  first: keyof SetScore;
  second: keyof SetScore;
}[];

export function benchReport(result: BenchResult): string {
  const parts = TABLES.flatMap((table) => {
    const ids = setIds(result, table.kind);
    return ids.length === 0 ? [] : [`**${table.title}**`, scoreTable(result, ids, table)];
  });
  return [...parts, `**Cost**, ${conditions(result)}`, costTable(result)].join('\n\n');
}

function setIds({ peers }: BenchResult, kind: SetKind): string[] {
  return [
    ...new Set(peers.flatMap(({ sets }) => sets.filter((set) => set.kind === kind).map(({ id }) => id))),
  ];
}

function scoreTable({ peers }: BenchResult, ids: readonly string[], table: (typeof TABLES)[number]): string {
  const hasMean = table.kind === 'lines' && HEADLINE_SETS.every((id) => ids.includes(id));
  const mean = hasMean ? [{ title: `mean CER of the first ${HEADLINE_SETS.length}` }] : [];
  const columns: Column[] = [
    { title: 'program', align: 'left' },
    ...ids.map((id) => ({ title: `${nameOf(id)} (${count(peers, id)})` })),
    ...mean,
  ];
  const rows = peers.map((peer) => {
    if (peer.absent !== undefined) return absentRow(peer, columns.length);
    const scores = ids.map((id) => peer.sets.find((set) => set.id === id)?.score);
    const cells = scores.map(
      (score) => score && `${figure(score[table.first])} / ${figure(score[table.second])}`,
    );
    if (!hasMean) return [label(peer), ...cells];
    const cers = HEADLINE_SETS.map((id) => peer.sets.find((set) => set.id === id)?.score.cer ?? Number.NaN);
    return [label(peer), ...cells, (cers.reduce((sum, cer) => sum + cer, 0) / cers.length).toFixed(2)];
  });
  return markdownTable(columns, rows);
}

function costTable({ peers }: BenchResult): string {
  const titles = ['ms a line', 's a page', 'CPU s a page', 'start-up, s', 'peak memory, MB', 'models, MB'];
  const columns: Column[] = [{ title: 'program', align: 'left' }, ...titles.map((title) => ({ title }))];
  const rows = peers.map((peer) => {
    if (peer.absent !== undefined) return absentRow(peer, columns.length);
    const line = meanOver(peer, 'lines', ({ seconds }) => seconds);
    return [
      label(peer),
      line === undefined ? undefined : (1000 * line).toFixed(1),
      meanOver(peer, 'pages', ({ seconds }) => seconds)?.toFixed(2),
      meanOver(peer, 'pages', ({ cpuSeconds }) => cpuSeconds)?.toFixed(2),
      peer.startUpSeconds?.toFixed(2),
      megabytes(peer.peakBytes, 0),
      megabytes(peer.modelBytes, 1),
    ];
  });
  return markdownTable(columns, rows);
}

/** Mean over all images of the sets of a kind. */
function meanOver(
  peer: BenchPeer,
  kind: SetKind,
  of: (set: BenchSet) => number | undefined,
): number | undefined {
  let sum = 0;
  let n = 0;
  for (const set of peer.sets) {
    if (set.kind !== kind) continue;
    const value = of(set);
    if (value === undefined) return undefined;
    sum += value * set.score.n;
    n += set.score.n;
  }
  return n === 0 ? undefined : sum / n;
}

function conditions({ machine, threads, limit }: BenchResult): string {
  const some = limit === undefined ? '' : `; at most ${limit} images of each set`;
  return `${threadsOn(threads, machine)}; memory on an A4 page at 200 dpi${some}:`;
}

function absentRow({ title, absent }: BenchPeer, columns: number): string[] {
  return [title, absent?.what ?? '', ...Array<string>(columns - 2).fill('')];
}

function label({ title, version }: BenchPeer): string {
  return `${title} ${version ?? ''}`.trim();
}

/** The set's own name: a table's heading says the kind. */
function nameOf(id: string): string {
  return id.split(/[\\/]/).findLast((part) => part !== '') ?? id;
}

function count(peers: readonly BenchPeer[], id: string): number {
  return Math.max(
    ...peers.flatMap(({ sets }) => sets.filter((set) => set.id === id).map(({ score }) => score.n)),
  );
}

function figure(value: number | string | undefined): string {
  return typeof value === 'number' ? value.toFixed(2) : '–';
}

function megabytes(bytes: number | undefined, digits: number): string | undefined {
  return bytes === undefined ? undefined : (bytes / 1e6).toFixed(digits);
}
