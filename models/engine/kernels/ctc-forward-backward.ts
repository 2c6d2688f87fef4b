/** The forward-backward algorithm of CTC in log space (Graves et al. 2006, section 4.1), on typed arrays. */

/**
 * Loss of one line and its gradient by the logits. The label must be feasible in that many frames.
 * @param logits [frames, classes], raw; the blank is the last class.
 * @param gradient [frames, classes], overwritten.
 * @returns the negative log-likelihood, in nats.
 */
export function ctcForwardBackward(
  logits: Float32Array,
  frames: number,
  classes: number,
  label: readonly number[],
  gradient: Float32Array,
): number {
  const blank = classes - 1;
  // The label with a blank before, between and after its symbols: the states of the trellis.
  const states = 2 * label.length + 1;
  const symbols = Array.from({ length: states }, (_, s) => (s % 2 === 0 ? blank : label[(s - 1) / 2]!));
  const logProbs = logSoftmax(logits, frames, classes);
  const emit = (t: number, s: number) => logProbs[t * classes + symbols[s]!]!;
  /** A blank may be left out between two different symbols. */
  const canSkip = (s: number) => s >= 2 && s % 2 === 1 && symbols[s] !== symbols[s - 2];

  // alpha[t, s]: all ways to be in state s at frame t; beta: all ways to go on from there, frame t not counted.
  const alpha = new Float64Array(frames * states).fill(-Infinity);
  const beta = new Float64Array(frames * states).fill(-Infinity);
  alpha[0] = emit(0, 0);
  if (states > 1) alpha[1] = emit(0, 1);
  for (let t = 1; t < frames; t++) {
    const now = t * states;
    const before = now - states;
    for (let s = 0; s < states; s++) {
      let sum = alpha[before + s]!;
      if (s >= 1) sum = logAdd(sum, alpha[before + s - 1]!);
      if (canSkip(s)) sum = logAdd(sum, alpha[before + s - 2]!);
      alpha[now + s] = sum + emit(t, s);
    }
  }
  const last = (frames - 1) * states;
  beta[last + states - 1] = 0;
  if (states > 1) beta[last + states - 2] = 0;
  for (let t = frames - 2; t >= 0; t--) {
    const now = t * states;
    const after = now + states;
    for (let s = 0; s < states; s++) {
      let sum = beta[after + s]! + emit(t + 1, s);
      if (s + 1 < states) sum = logAdd(sum, beta[after + s + 1]! + emit(t + 1, s + 1));
      if (s + 2 < states && canSkip(s + 2)) sum = logAdd(sum, beta[after + s + 2]! + emit(t + 1, s + 2));
      beta[now + s] = sum;
    }
  }
  const last2 = states > 1 ? alpha[last + states - 2]! : -Infinity;
  const total = logAdd(alpha[last + states - 1]!, last2);

  // d loss / d logit = softmax - posterior probability of the class at that frame.
  for (let i = 0; i < frames * classes; i++) gradient[i] = Math.exp(logProbs[i]!);
  for (let t = 0; t < frames; t++) {
    for (let s = 0; s < states; s++) {
      const posterior = Math.exp(alpha[t * states + s]! + beta[t * states + s]! - total);
      gradient[t * classes + symbols[s]!]! -= posterior;
    }
  }
  return -total;
}

function logSoftmax(logits: Float32Array, frames: number, classes: number): Float64Array {
  const out = new Float64Array(frames * classes);
  for (let t = 0; t < frames; t++) {
    const start = t * classes;
    let max = -Infinity;
    for (let c = 0; c < classes; c++) max = Math.max(max, logits[start + c]!);
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += Math.exp(logits[start + c]! - max);
    const shift = max + Math.log(sum);
    for (let c = 0; c < classes; c++) out[start + c] = logits[start + c]! - shift;
  }
  return out;
}

function logAdd(a: number, b: number): number {
  if (a === -Infinity) return b;
  if (b === -Infinity) return a;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}
