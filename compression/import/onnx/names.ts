/** Readable, unique names out of what exporters call things. */

/** Longest that a graph's file takes, with room for a number. */
const LONGEST = 960;

export class Names {
  readonly #taken = new Set<string>();
  readonly #counts = new Map<string, number>();

  reserve(name: string): void {
    this.#taken.add(name);
  }

  release(name: string): void {
    this.#taken.delete(name);
  }

  /** `wanted`, or with a number behind it where that is taken. */
  fresh(wanted: string): string {
    const short = wanted.slice(0, LONGEST);
    let name = short;
    for (let n = this.#counts.get(short) ?? 1; this.#taken.has(name); n++) {
      name = `${short}_${n}`;
      this.#counts.set(short, n + 1);
    }
    this.#taken.add(name);
    return name;
  }
}

/**
 * "/encoder/Concat_output_0" (PyTorch) → "encoder/Concat", "model/conv1/Relu:0" (TensorFlow) →
 * "model/conv1/Relu", "block/conv::0231" (ours) → "block/conv"; undefined where nothing but a number is left.
 */
export function readableName(name: string): string | undefined {
  const plain = name
    .replace(/^\/+/, '')
    .replace(/::[\da-z-]*$/, '')
    .replace(/(_output_\d+|:\d+)$/, '');
  return /[A-Za-z]/.test(plain) ? plain : undefined;
}

/** Operators that are layers: named by the layer, not by the step in it. */
const LAYERS = new Set(['BatchNormalization', 'Conv', 'ConvTranspose', 'Gemm', 'LSTM', 'MatMul']);

/** A name for what gives the value `output` of the file; after the tensor of its weights if it bears only a number. */
export function nodeName(output: string, node: string, op: string, weight = ''): string {
  const whole = readableName(output);
  const own = LAYERS.has(op) && whole?.endsWith(`/${op}`) ? whole.slice(0, -op.length - 1) : whole;
  if (own) return own;
  const layer = LAYERS.has(op)
    ? /^(.*[A-Za-z].*)[./](weight|kernel)$/.exec(readableName(weight) ?? '')
    : null;
  if (layer) return layer[1]!;
  const ofNode = node === output ? undefined : readableName(node);
  return ofNode ?? `${op.toLowerCase()}_${output.replace(/[^\w.-]+/g, '_') || 'unnamed'}`;
}
