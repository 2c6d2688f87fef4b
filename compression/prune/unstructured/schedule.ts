/** How far pruning has come at a moment of training: pure functions of the progress, a share in [0, 1]. */
import { z } from 'zod';

const share = z.number().min(0).max(1);

export const scheduleSchema = z.discriminatedUnion('kind', [
  /** At once. */
  z.strictObject({ kind: z.literal('one-shot') }),
  /** In `rounds` equal parts of the time from `begin` to `end`; every round takes the same share of what is left (Han et al. 2015). */
  z.strictObject({
    kind: z.literal('iterative'),
    rounds: z.int().min(1).default(5),
    begin: share.default(0),
    end: share.default(0.6),
  }),
  /** Fast at first, then slower: s_f + (s_i − s_f) · (1 − t)³ for t from 0 at `begin` to 1 at `end` (Zhu and Gupta 2017). */
  z.strictObject({
    kind: z.literal('cubic'),
    initial: share.default(0),
    begin: share.default(0),
    end: share.default(0.6),
  }),
  /** The sparsity stays; until `end`, `share` of the weights, falling as a cosine, is exchanged at each update. */
  z.strictObject({
    kind: z.literal('regrow'),
    by: z.enum(['gradient', 'random']).default('gradient'),
    share: share.default(0.3),
    end: share.default(0.75),
  }),
]);

export type Schedule = z.output<typeof scheduleSchema>;
export type RegrowSchedule = Extract<Schedule, { kind: 'regrow' }>;

/** Sparsity at `progress` where `final` is wanted at the end. Never falls as progress grows. */
export function sparsityAt(schedule: Schedule, final: number, progress: number): number {
  if (schedule.kind === 'one-shot' || schedule.kind === 'regrow') return final;
  const { begin, end } = schedule;
  const t = end > begin ? Math.min(1, Math.max(0, (progress - begin) / (end - begin))) : 1;
  if (progress < begin) return schedule.kind === 'cubic' ? Math.min(schedule.initial, final) : 0;
  if (t >= 1) return final;
  if (schedule.kind === 'cubic') {
    const initial = Math.min(schedule.initial, final);
    return final + (initial - final) * (1 - t) ** 3;
  }
  const round = Math.floor(t * schedule.rounds);
  return 1 - (1 - final) ** (round / schedule.rounds);
}

/** Progress from which on nothing changes. */
export function endOf(schedule: Schedule): number {
  return schedule.kind === 'one-shot' ? 0 : schedule.end;
}

/** Share of the kept weights that is exchanged: α / 2 · (1 + cos(π t)), 0 from `end` on (Evci et al. 2020, section 3). */
export function exchangeAt({ share: alpha, end }: RegrowSchedule, progress: number): number {
  return progress >= end ? 0 : (alpha / 2) * (1 + Math.cos((Math.PI * progress) / end));
}
