/** The worker that computes in WebAssembly: SIMD, and threads where the page is isolated. */
import * as ort from 'onnxruntime-web/wasm';
import { answerPage } from './answer-page.js';

answerPage(ort, 'wasm', 'ort-wasm-simd-threaded');
