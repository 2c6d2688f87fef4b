/** The colours of heat maps. Apart from what draws them, since pages take them alone. */

/** Of the colours over a picture, in [0, 1]. */
export const HEAT_OPACITY = 0.6;

/** Hue (degrees), chroma and lightness in OKLab's polar form, from p = 0 to p = 1. */
const STOPS = [
  [275, 0.1, 0.2],
  [290, 0.17, 0.38],
  [350, 0.2, 0.54],
  [400, 0.2, 0.68],
  [440, 0.17, 0.84],
  [466, 0.17, 0.93],
] as const;

let table: Uint8Array | undefined;

/** sRGB of 256 probabilities. Lightness rises evenly, so that the colours stay in order in grey print and for the colour-blind. */
export function heatColours(): Uint8Array {
  if (table) return table;
  table = new Uint8Array(3 * 256);
  for (let value = 0; value < 256; value++) {
    const position = (value / 255) * (STOPS.length - 1);
    const index = Math.min(STOPS.length - 2, Math.floor(position));
    const [from, to] = [STOPS[index]!, STOPS[index + 1]!];
    const at = (part: 0 | 1 | 2) => from[part] + (position - index) * (to[part] - from[part]);
    table.set(oklchToSrgb(at(2), at(1), at(0)), 3 * value);
  }
  return table;
}

/** OKLab (Ottosson, 2020) to 8-bit sRGB; colours that sRGB lacks are made greyer until it has them. */
function oklchToSrgb(lightness: number, chroma: number, hue: number): number[] {
  const angle = (hue * Math.PI) / 180;
  for (let c = chroma; ; c = Math.max(0, c - 0.004)) {
    const linear = oklabToLinear(lightness, c * Math.cos(angle), c * Math.sin(angle));
    if (c === 0 || linear.every((value) => value >= -0.0005 && value <= 1.0005))
      return linear.map((value) => Math.round(255 * gamma(Math.min(1, Math.max(0, value)))));
  }
}

function oklabToLinear(lightness: number, a: number, b: number): number[] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

const gamma = (value: number) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
