/**
 * Learning rate over a run as a pure function of its progress. Warm-up, then constant, then a cosine decay to nearly zero
 * over the last part (Hägele et al. 2024: as good as one long cosine, and a run may be prolonged from before its decay).
 */
export interface LearningRateSchedule {
  readonly peak: number;
  /** Steps of linear warm-up. */
  readonly warmupSteps: number;
  /** Share of the run, at its end, over which the rate decays. */
  readonly decayShare: number;
  /** Rate at the very end, as a share of the peak. */
  readonly floorShare: number;
}

/** @param progress share of the run that is done, in [0, 1]. */
export function learningRateAt(schedule: LearningRateSchedule, stepInRun: number, progress: number): number {
  const warm = Math.min(1, (stepInRun + 1) / Math.max(1, schedule.warmupSteps));
  const decayStart = 1 - schedule.decayShare;
  if (progress <= decayStart) return schedule.peak * warm;
  const t = Math.min(1, (progress - decayStart) / schedule.decayShare);
  const cosine = 0.5 * (1 + Math.cos(Math.PI * t));
  return schedule.peak * warm * (schedule.floorShare + (1 - schedule.floorShare) * cosine);
}
