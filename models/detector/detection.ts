/** What the detector gives for one page image. */
import type { GrayImage, Quad } from '../base/image.js';

export interface DetectedLine {
  /** Oriented box around one text line; its first corner is the top left of the text as it would be read when the
   * image's own top is up (the page step turns it where the page lies on its side or its head). */
  readonly quad: Quad;
  /** In [0, 1]. */
  readonly confidence: number;
}

export interface DetectOptions {
  readonly signal?: AbortSignal;
  /** Receives intermediate maps, e.g. for `--debug-dir`. */
  readonly onStage?: (name: string, image: GrayImage) => void;
}

export interface Detector {
  detect(image: GrayImage, options?: DetectOptions): Promise<DetectedLine[]>;
  dispose(): Promise<void>;
}
