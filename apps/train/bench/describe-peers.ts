/** Which of the programs to compare are there. */
import { PocketlensError } from '../../../models/base/errors.js';
import { isAbsence, type PeerFacts } from './peers/peer.js';

export interface Absence {
  /** For a cell of a table. */
  readonly what: 'not installed' | 'no models';
  readonly reason: string;
}

export interface Described<P> {
  readonly present: readonly { readonly peer: P; readonly facts: PeerFacts }[];
  readonly absent: ReadonlyMap<P, Absence>;
}

/** A program that is not there is no error; anything else that goes wrong is. */
export async function describePeers<P extends { describe(signal?: AbortSignal): Promise<PeerFacts> }>(
  peers: readonly P[],
  signal?: AbortSignal,
): Promise<Described<P>> {
  const absent = new Map<P, Absence>();
  const present: { peer: P; facts: PeerFacts }[] = [];
  for (const peer of peers) {
    try {
      present.push({ peer, facts: await peer.describe(signal) });
    } catch (error) {
      if (!(error instanceof PocketlensError) || !isAbsence(error)) throw error;
      const what = error.code === 'tool_missing' ? 'not installed' : 'no models';
      absent.set(peer, { what, reason: `${error.message}${error.remedy ? ` ${error.remedy}` : ''}` });
    }
  }
  return { present, absent };
}
