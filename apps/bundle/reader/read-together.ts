/** Several views of one word → the text that they make likeliest together, spelling considered. */
import type { PageRules } from '../manifest/schema.js';
import type { View } from './ctc.js';
import type { Spelling } from './spelling.js';

/** @returns the text's classes and the view that makes it likeliest; undefined where none shows any text */
export function readTogether(
  views: readonly View[],
  rules: PageRules['secondLook']['together'],
  letters: readonly string[],
  spelling: Spelling,
): { text: readonly number[]; view: number } | undefined {
  const found = new Map<string, { text: number[]; log: number }>();
  for (const view of views) {
    for (const text of view.propose(rules.proposals, rules.width)) {
      if (text.length === 0) continue;
      const log = view.judge(text);
      if (log > (found.get(text.join())?.log ?? Number.NEGATIVE_INFINITY)) {
        found.delete(text.join());
        found.set(text.join(), { text, log });
      }
    }
  }
  const texts = [...found.values()].sort((a, b) => b.log - a.log).slice(0, rules.judged);
  let best: { text: readonly number[]; view: number; score: number } | undefined;
  for (const { text } of texts) {
    const logs = views.map((view) => view.judge(text));
    const most = Math.max(...logs);
    const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0);
    const score = most + Math.log(sum) + spelling(text.map((c) => letters[c]!).join(''));
    if (!best || score > best.score) best = { text, view: logs.indexOf(most), score };
  }
  return best;
}
