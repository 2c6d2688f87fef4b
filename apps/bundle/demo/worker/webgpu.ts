/** The worker that computes on the GPU; what WebGPU lacks runs in WebAssembly. */
import * as ort from 'onnxruntime-web/webgpu';
import { answerPage } from './answer-page.js';

answerPage(ort, 'webgpu', 'ort-wasm-simd-threaded.asyncify');
