/** ONNX Runtime's library for Node, loaded when it is first needed: a command that needs no model does not pay for it. */

import { declineTelemetry } from '../base/decline-telemetry.js';
import { PocketlensError } from '../base/errors.js';
import { firstLine } from './model-file.js';

export type OnnxRuntime = typeof import('onnxruntime-node');

let library: Promise<OnnxRuntime> | undefined;

/** @throws engine_missing */
export function loadOnnxRuntime(): Promise<OnnxRuntime> {
  declineTelemetry();
  library ??= import('onnxruntime-node').then(
    // A CommonJS package: its names may lie under `default`.
    (module) => {
      const ort = (module as OnnxRuntime & { default?: OnnxRuntime }).default ?? module;
      // What goes wrong is told by our errors; the library's own lines on stderr would only repeat it.
      ort.env.logLevel = 'fatal';
      return ort;
    },
    (cause) => {
      library = undefined;
      throw new PocketlensError(
        'engine_missing',
        `Expected ONNX Runtime but it does not load: ${firstLine(cause)}.`,
        {
          remedy: 'Run `npm ci` on this machine; 64-bit Linux, macOS (arm64) and Windows are supported.',
          cause,
        },
      );
    },
  );
  return library;
}
