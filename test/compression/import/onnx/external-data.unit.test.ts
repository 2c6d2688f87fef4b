/** Weights in a file beside the ONNX file. */
import { describe, expect, it } from 'vitest';
import { encodeModel, type TensorProto } from '../../../../compression/export/onnx/proto.js';
import { importOnnx } from '../../../../compression/import/onnx/import-onnx.js';
import { model, node } from './file.js';

const other = new Uint8Array(Float32Array.of(9, 1, 2, 3).buffer);

function imported(
  told: Readonly<Record<string, string>>,
  read: (location: string) => Uint8Array = () => other,
) {
  const external: TensorProto = {
    name: 'w',
    dims: [1, 3, 1, 1],
    dataType: 1,
    dataLocation: 1,
    externalData: Object.entries(told).map(([key, value]) => ({ key, value })),
  };
  const written = model({
    nodes: [node('Conv', ['x', 'w'], ['y'])],
    inputs: { x: ['n', 3, 8, 8] },
    outputs: ['y'],
    constants: [external],
  });
  return importOnnx(encodeModel(written), { readExternal: read }).graph;
}

describe('weights in another file', () => {
  it('are read from where the tensor says', () => {
    const locations: string[] = [];
    const graph = imported({ location: 'sub/net.data', offset: '4', length: '12' }, (location) => {
      locations.push(location);
      return other;
    });
    expect(locations).toEqual(['sub/net.data']);
    expect([...graph.params.values()].map(({ data }) => [...data])).toEqual([[1, 2, 3]]);
    expect(() => imported({ location: 'net.data', offset: '4' })).not.toThrow();
  });

  it.each([
    ['a file that ends before', { location: 'net.data', offset: '8', length: '12' }],
    ['more bytes than the shape has', { location: 'net.data' }],
    ['an offset that is no number', { location: 'net.data', offset: '-4' }],
    ['no file', {}],
    ['a file outside the folder', { location: '../net.data', offset: '4' }],
    ['a file anywhere', { location: '/etc/passwd', offset: '4' }],
    ['a file of another drive', { location: 'C:\\net.data', offset: '4' }],
  ])('are refused with %s', (_, told) => {
    expect(() => imported(told)).toThrow(expect.objectContaining({ code: 'model_corrupt' }));
  });
});
