/** What a program must offer to be compared: the facts about it, a way to read many images, and to read a single one. */
import type { PocketlensError } from '../../../../models/base/errors.js';
import type { SetKind } from '../sets.js';

export const PEER_NAMES = ['pocketlens', 'tesseract', 'ppocr'] as const;
export type PeerName = (typeof PEER_NAMES)[number];

export interface PeerReading {
  readonly text: string;
  /** Of the line that it is least sure of, in [0, 1], where the program tells. */
  readonly confidence?: number;
  /** Elapsed time, decoding of the image included. */
  readonly seconds: number;
  /** Of all threads together; undefined where the platform does not tell. */
  readonly cpuSeconds?: number;
}

export interface PeerFacts {
  /** Of the program or, where it is a library, of the package. */
  readonly version: string;
  /** Bytes of the model files that reading a page uses. */
  readonly modelBytes: number;
  /** Equal only for what reads alike: program, models, options. */
  readonly fingerprint: string;
}

export interface PeerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Peer {
  readonly name: PeerName;
  /** As tables show it. */
  readonly title: string;
  /** @throws tool_missing, model_not_found: it is not installed, or lacks its models. */
  describe(signal?: AbortSignal): Promise<PeerFacts>;
  /** Ready to read: models loaded and warm, if the program can stay running between images. */
  open(kind: SetKind, signal?: AbortSignal): Promise<PeerSession>;
  /** A process that reads one image of a page and writes its text to standard output. */
  readOne(image: string): PeerCommand;
}

export interface PeerSession {
  /** In the order of the paths. An image that the program cannot read gives an empty text. */
  read(paths: readonly string[], signal?: AbortSignal): Promise<PeerReading[]>;
  close(): Promise<void>;
}

/** Why a program is not there; other errors are no such reason. */
export function isAbsence(error: PocketlensError): boolean {
  return error.code === 'tool_missing' || error.code === 'model_not_found';
}
