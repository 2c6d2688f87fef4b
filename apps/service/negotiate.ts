/** Content negotiation (RFC 9110, section 12.5.1): which of the media types that a route can write a client wants most. */
import { PocketlensError } from '../../models/base/errors.js';

interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
}

/**
 * The offer that `accept` rates best; among equals the one offered first. No header, or one that says nothing
 * understandable, accepts everything.
 * @param offers media types, lower case, without parameters
 * @throws not_acceptable
 */
export function negotiate<T extends string>(accept: string | undefined, offers: readonly T[]): T {
  const ranges = parseAccept(accept ?? '');
  if (ranges.length === 0) return offers[0]!;
  let best: T | undefined;
  let bestQuality = 0;
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > bestQuality) [best, bestQuality] = [offer, quality];
  }
  if (best !== undefined) return best;
  throw new PocketlensError(
    'not_acceptable',
    `Expected one of ${offers.join(', ')} for Accept but received "${(accept ?? '').slice(0, 80)}".`,
    { remedy: 'Ask for one of these types, or for */*.', details: { offers } },
  );
}

/** The quality that the most specific matching range gives; 0 where none matches. */
function qualityOf(offer: string, ranges: readonly MediaRange[]): number {
  const [type, subtype] = offer.split('/');
  let specificity = -1;
  let quality = 0;
  for (const range of ranges) {
    const exact = range.type === type && range.subtype === subtype;
    const family = range.type === type && range.subtype === '*';
    const any = range.type === '*' && range.subtype === '*';
    const rank = exact ? 2 : family ? 1 : any ? 0 : -1;
    if (rank > specificity) [specificity, quality] = [rank, range.quality];
  }
  return quality;
}

function parseAccept(accept: string): MediaRange[] {
  return accept.split(',').flatMap((part) => {
    const [range, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const match = /^([\w!#$&^.+*-]+)\/([\w!#$&^.+*-]+)$/.exec(range ?? '');
    if (!match) return [];
    const stated = parameters.find((text) => text.startsWith('q='))?.slice(2);
    const quality = stated === undefined ? 1 : Number(stated);
    return [
      {
        type: match[1]!,
        subtype: match[2]!,
        quality: quality >= 0 && quality <= 1 ? quality : 1,
      },
    ];
  });
}
