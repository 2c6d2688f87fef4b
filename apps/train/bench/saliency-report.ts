/** The result of a saliency bench as Markdown: a table a set, one row a program, and what they cost. */
import type { SaliencyScore } from '../scoring/saliency/score-set.js';
import { saliencyFigure } from './evaluate-saliency.js';
import { threadsOn } from './machine.js';
import { type Column, markdownTable } from './markdown-table.js';
import { type SaliencyBenchPeer, type SaliencyBenchResult, TIMED_SIDE } from './saliency-bench.js';

const FIGURES = [
  ['maxF', 'max-F'],
  ['meanF', 'mean-F'],
  ['weightedF', 'weighted F'],
  ['structure', 'S-measure'],
  ['maxE', 'max-E'],
  ['meanE', 'mean-E'],
  ['mae', 'MAE'],
] as const satisfies readonly (readonly [keyof SaliencyScore, string])[];

export function saliencyReport(result: SaliencyBenchResult): string {
  const ids = [...new Set(result.peers.flatMap(({ sets }) => sets.map(({ id }) => id)))];
  const tables = ids.flatMap((id) => [`**${id}**, ${count(result, id)} images:`, scoreTable(result, id)]);
  const images = `${TIMED_SIDE} × ${TIMED_SIDE} pixels`;
  const cost = `**Cost** of one image of ${images}, ${threadsOn(result.threads, result.machine)}:`;
  return [...tables, cost, costTable(result)].join('\n\n');
}

function scoreTable({ peers }: SaliencyBenchResult, id: string): string {
  const columns = withNames(FIGURES.map(([, title]) => title));
  const rows = peers.map((peer) => {
    if (peer.absent) return absentRow(peer, columns.length);
    const score = peer.sets.find((set) => set.id === id)?.score;
    return [label(peer), ...FIGURES.map(([key]) => saliencyFigure(score?.[key]))];
  });
  return markdownTable(columns, rows);
}

function costTable({ peers }: SaliencyBenchResult): string {
  const columns = withNames(['ms an image', 'start-up, s', 'peak memory, MB', 'model, MB']);
  const rows = peers.map((peer) => {
    if (peer.absent) return absentRow(peer, columns.length);
    const { seconds, startUpSeconds, peakBytes, modelBytes } = peer;
    return [
      label(peer),
      seconds === undefined ? undefined : (1000 * seconds).toFixed(1),
      startUpSeconds?.toFixed(2),
      peakBytes === undefined ? undefined : (peakBytes / 1e6).toFixed(0),
      modelBytes ? (modelBytes / 1e6).toFixed(1) : undefined,
    ];
  });
  return markdownTable(columns, rows);
}

function withNames(titles: readonly string[]): Column[] {
  return [{ title: 'program', align: 'left' }, ...titles.map((title) => ({ title }))];
}

function absentRow({ title, absent }: SaliencyBenchPeer, columns: number): string[] {
  return [title, absent?.what ?? '', ...Array<string>(columns - 2).fill('')];
}

function label({ title, version }: SaliencyBenchPeer): string {
  return `${title} ${version ?? ''}`.trim();
}

function count({ peers }: SaliencyBenchResult, id: string): number {
  return Math.max(
    ...peers.flatMap(({ sets }) => sets.filter((set) => set.id === id).map(({ score }) => score.n)),
  );
}
