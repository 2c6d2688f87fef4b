/** The command of `saliency-one.ts`: a process that finds the map of one image with one of our own or of ONNX's models. */
import { join } from 'node:path';
import { packageRoot } from '../../../../models/base/paths.js';
import type { PeerCommand } from './peer.js';

export interface OneMap {
  readonly peer: string;
  readonly threads: number;
  readonly model?: string;
  readonly image: string;
  readonly output: string;
}

export function oneMapCommand(options: OneMap): PeerCommand {
  const script = join(packageRoot(), 'dist', 'apps', 'train', 'bench', 'peers', 'saliency-one.js');
  return { command: process.execPath, args: [script, JSON.stringify(options)] };
}
