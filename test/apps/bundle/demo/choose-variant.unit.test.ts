import { describe, expect, it } from 'vitest';
import { chooseVariant } from '../../../../apps/bundle/demo/worker/choose-variant.js';
import type { ManifestModel } from '../../../../apps/bundle/manifest/models.js';
import type { Variant } from '../../../../apps/bundle/manifest/parts.js';

type Latency = ManifestModel['latency'][number];

const variant = (format: Variant['format'], precision: Variant['precision']) =>
  ({
    format,
    precision,
    files: [`${precision}.${format}`],
    inputs: [],
    outputs: [],
    operators: [],
  }) as Variant;
const latency = (precision: Latency['precision'], medianMs: number, device: Latency['device'] = 'browser') =>
  ({ format: 'onnx', precision, device, medianMs }) as Latency;
const model = (variants: Variant[], table: Latency[] = []) =>
  ({ variants, latency: table }) as unknown as ManifestModel;

const all = [
  variant('tflite', 'int8'),
  variant('onnx', 'int8'),
  variant('onnx', 'float32'),
  variant('onnx', 'float16'),
];

describe('the variant of a model', () => {
  it('is the manifest’s first of ONNX in WebAssembly, where nobody measured browsers', () => {
    expect(chooseVariant(model(all), 'wasm')).toBe(all[1]);
    expect(chooseVariant(model(all, [latency('float32', 1, 'workstation')]), 'wasm')).toBe(all[1]);
  });

  it('is the fastest of those that were measured in a browser', () => {
    const table = [latency('int8', 9), latency('float32', 5), latency('float16', 5.5)];
    expect(chooseVariant(model(all, table), 'wasm')).toBe(all[2]);
    expect(chooseVariant(model(all.slice(0, 2), table), 'wasm')).toBe(all[1]);
  });

  it('is one of floats on the graphics processor, if there is one', () => {
    expect(chooseVariant(model(all, [latency('int8', 1)]), 'webgpu')).toBe(all[3]);
    expect(chooseVariant(model(all.slice(0, 3)), 'webgpu')).toBe(all[2]);
    expect(chooseVariant(model(all.slice(0, 2)), 'webgpu')).toBe(all[1]);
  });

  it('is none where the bundle has no ONNX', () => {
    expect(chooseVariant(model(all.slice(0, 1)), 'wasm')).toBeUndefined();
  });
});
