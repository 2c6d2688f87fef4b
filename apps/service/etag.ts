/**
 * Entity tags: equal input, model, options and version of Pocketlens give equal answers, so a client that has the answer
 * need not get it again.
 */
import { createHash, webcrypto } from 'node:crypto';
import type { ComputeTask } from './compute/engine.js';

export interface TaggedWork {
  readonly modelId: string;
  /** Of Pocketlens. */
  readonly version: string;
  readonly task: ComputeTask;
}

/** A strong tag, quotes included. The image is hashed off the event loop. */
export async function entityTag(image: Uint8Array, { modelId, version, task }: TaggedWork): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', image as Uint8Array<ArrayBuffer>);
  const hash = createHash('sha256')
    .update(new Uint8Array(digest))
    .update(`\0${modelId}\0${version}\0${JSON.stringify(task)}`);
  return `"${hash.digest('base64url').slice(0, 32)}"`;
}

/** Whether `If-None-Match` names the tag; compared weakly, as RFC 9110 has it. "*" is left alone: every answer is new. */
export function matchesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some((text) => text.trim().replace(/^W\//, '') === tag);
}
