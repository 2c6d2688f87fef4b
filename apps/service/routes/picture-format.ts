/** Which kind of picture a request wants. */
import { IMAGE_FORMATS, type ImageFormat, MEDIA_TYPES } from '../../saliency/encode.js';
import { negotiate } from '../negotiate.js';

export type PictureType = (typeof MEDIA_TYPES)[ImageFormat];

/** In the order of preference where a client takes any. */
export const PICTURE_TYPES: readonly PictureType[] = IMAGE_FORMATS.map((format) => MEDIA_TYPES[format]);

export function formatOfType(type: PictureType): ImageFormat {
  return IMAGE_FORMATS.find((format) => MEDIA_TYPES[format] === type)!;
}

/** The format that the option names goes before the header; without it the header decides. @throws not_acceptable */
export function pictureFormat(named: ImageFormat | undefined, accept: string | undefined): ImageFormat {
  return named ?? formatOfType(negotiate(accept, PICTURE_TYPES));
}
