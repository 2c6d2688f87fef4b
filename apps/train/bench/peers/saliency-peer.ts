/** What a program must offer to be compared on saliency: the facts about it, and maps of images, many or a single one. */
import type { GrayImage } from '../../../../models/base/image.js';
import type { PeerCommand, PeerFacts } from './peer.js';

export interface FoundMap {
  /** round(255 p) a pixel of the image. */
  readonly map: GrayImage;
  /** Elapsed time from the image's pixels to the map's: decoding and writing are left out. */
  readonly seconds: number;
}

export interface SaliencyPeer {
  readonly name: string;
  /** As tables show it. */
  readonly title: string;
  /** Not worth a row where it is not there. */
  readonly optional?: boolean;
  /** @throws tool_missing, model_not_found: it is not installed, or lacks its models. */
  describe(signal?: AbortSignal): Promise<PeerFacts>;
  /** Ready for images: models loaded. */
  open(signal?: AbortSignal): Promise<SaliencyPeerSession>;
  /** A process that writes the map of one image, and ends. */
  findOne(image: string, output: string): PeerCommand;
}

export interface SaliencyPeerSession {
  find(path: string, signal?: AbortSignal): Promise<FoundMap>;
  close(): Promise<void>;
}
