/** POST /v1/cutout: the subject without its ground. */
import type { FastifyInstance } from 'fastify';
import { cutoutOptions } from '../schemas/options.js';
import type { ServiceContext } from '../service-context.js';
import { addImageRoute } from './image-route.js';
import { PICTURE_TYPES, pictureFormat } from './picture-format.js';

export function addCutoutRoute(app: FastifyInstance, context: ServiceContext): void {
  addImageRoute(app, context, {
    url: '/v1/cutout',
    summary: 'The subject cut out, on transparency or on a colour',
    options: cutoutOptions,
    produces: PICTURE_TYPES,
    toTask: ({ background, format, ...rest }, accept) => ({
      ...rest,
      kind: 'subject',
      output: 'cutout',
      depth: 'u8',
      margin: 0,
      format: pictureFormat(format, accept),
      ...(background !== undefined && { background }),
    }),
  });
}
