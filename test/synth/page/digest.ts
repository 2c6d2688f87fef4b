/** A page as one short string: comparing a million pixels one by one (and printing them) takes minutes. */
import { createHash } from 'node:crypto';
import type { PageSample } from '../../../models/base/image.js';

export function digest({ image, lines }: PageSample): string {
  const hash = createHash('sha256')
    .update(image.data)
    .update(JSON.stringify([image.width, image.height, lines]));
  return hash.digest('hex');
}
