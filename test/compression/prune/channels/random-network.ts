/** Random convolutional networks: chains with branches, sums, concatenations, depthwise and gated layers. */
import { Random } from '../../../../models/base/random.js';
import type { GraphBuilder } from '../../../../models/graph/builder.js';
import type { Graph, ValueId } from '../../../../models/graph/ir.js';
import { built } from './coupled-graphs.js';

type Step = (b: GraphBuilder, x: ValueId, random: Random) => ValueId;

const channels = (b: GraphBuilder, x: ValueId) => b.shapeOf(x).at(-1) as number;

const plain: Step = (b, x, random) =>
  b.relu(b.batchNorm(b.conv(x, { filters: random.int(2, 7), kernel: [3, 3], bias: random.chance(0.5) })));

const residual: Step = (b, x, random) => {
  const inner = plain(b, x, random);
  const back = b.conv(inner, { filters: channels(b, x), kernel: [1, 1] });
  return b.add(x, random.chance(0.5) ? b.relu(back) : b.batchNorm(back));
};

const branches: Step = (b, x, random) => {
  const parts = Array.from({ length: random.int(2, 3) }, () => plain(b, x, random));
  if (random.chance(0.5)) parts.splice(1, 0, x);
  return b.concat(parts);
};

const depthwise: Step = (b, x, random) => {
  const multiplier = random.int(1, 2);
  const cin = channels(b, x);
  return b.relu6(b.conv(x, { filters: cin * multiplier, kernel: [3, 3], groups: cin }));
};

const grouped: Step = (b, x, random) => {
  const wide = b.relu(b.conv(x, { filters: 2 * random.int(1, 4), kernel: [1, 1] }));
  return b.conv(wide, { filters: 2 * random.int(1, 4), kernel: [3, 3], groups: 2 });
};

const gated: Step = (b, x, random) => {
  const squeezed = b.relu(b.conv(b.globalAveragePool(x), { filters: random.int(2, 5), kernel: [1, 1] }));
  return b.mul(x, b.hardSigmoid(b.conv(squeezed, { filters: channels(b, x), kernel: [1, 1] })));
};

const halved: Step = (b, x, random) => {
  const small = random.chance(0.5) ? b.maxPool(x, { kernel: [2, 2] }) : b.averagePool(x, { kernel: [2, 2] });
  return b.concat([b.resize(small, { scales: [2, 2], mode: 'nearest' }), x]);
};

/** A sum of two earlier things of one width: what makes groups of groups. */
const joined: Step = (b, x, random) => {
  const [one, two] = [plain(b, x, random), plain(b, x, random)];
  const whole = b.concat([one, two]);
  return b.add(whole, b.conv(x, { filters: channels(b, whole), kernel: [1, 1] }));
};

const STEPS = [plain, residual, branches, depthwise, grouped, gated, halved, joined];

/** Input x [batch, height, width, 3], even sides; one output of two channels. */
export function randomNetwork(seed: number): Graph {
  const random = new Random(seed, 'network');
  return built(
    [null, null, null, 3],
    (b, x) => {
      let y = plain(b, x, random);
      for (let i = random.int(2, 5); i > 0; i--) y = random.pick(STEPS)(b, y, random);
      return [b.conv(y, { name: 'head', filters: 2, kernel: [1, 1] })];
    },
    seed,
  );
}
