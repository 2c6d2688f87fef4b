/**
 * One word seen in several views: each proposes the texts that it makes likeliest, and all of them judge every text. With
 * P(text | view) of CTC, the views are taken as equally good, so that their sum counts: a text may win that no view puts
 * first. What spells as words do is likelier still.
 */
import { align, searchTexts } from './beam.js';
import type { DecodedCharacter } from './decode.js';
import type { FrameProbabilities } from './frame-probabilities.js';
import { TextLikelihood } from './likelihood.js';
import { spellingWorth, type TextRules } from './spelled-text.js';

export const TOGETHER = {
  /** Texts that a view proposes, and how many its search keeps after each frame. */
  proposals: 6,
  width: 16,
  /** Texts that all views judge: those that some view makes likeliest. */
  judged: 64,
} as const;

export interface ReadTogether {
  /** Where the view that makes the text likeliest has its characters. */
  readonly characters: DecodedCharacter[];
  readonly view: number;
}

/** Undefined where no view shows any text. */
export function readTogether(
  views: readonly FrameProbabilities[],
  rules: TextRules,
): ReadTogether | undefined {
  const likelihoods = views.map((view) => new TextLikelihood(view));
  let best: { classes: readonly number[]; view: number; score: number } | undefined;
  for (const classes of proposals(views, likelihoods, rules)) {
    const logs = likelihoods.map((likelihood) => likelihood.of(classes));
    const most = Math.max(...logs);
    const all = Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
    const score = most + all + spellingWorth(classes, rules);
    if (!best || score > best.score) best = { classes, view: logs.indexOf(most), score };
  }
  return best && { characters: rules.tidy(align(views[best.view]!, best.classes)), view: best.view };
}

/** Texts that some view makes likely, the likeliest first. */
function proposals(
  views: readonly FrameProbabilities[],
  likelihoods: readonly TextLikelihood[],
  { tidy }: TextRules,
): number[][] {
  const found = new Map<string, { classes: number[]; log: number }>();
  views.forEach((view, i) => {
    for (const text of searchTexts(view, TOGETHER.proposals, TOGETHER.width)) {
      const classes = tidy(align(view, text)).map(({ classIndex }) => classIndex);
      if (classes.length === 0) continue;
      const log = likelihoods[i]!.of(classes);
      const key = classes.join();
      const known = found.get(key);
      if (!known || log > known.log) found.set(key, { classes, log });
    }
  });
  const likeliest = [...found.values()].sort((a, b) => b.log - a.log);
  return likeliest.slice(0, TOGETHER.judged).map(({ classes }) => classes);
}
