/** POST /v1/saliency: the map of an image, as a picture, as raw numbers, or in figures. */
import type { FastifyInstance } from 'fastify';
import { negotiate } from '../negotiate.js';
import { saliencyOptions } from '../schemas/options.js';
import type { ServiceContext } from '../service-context.js';
import { addImageRoute } from './image-route.js';
import { formatOfType, PICTURE_TYPES } from './picture-format.js';

const RAW = 'application/octet-stream';
const JSON_TYPE = 'application/json';
const OFFERS = [...PICTURE_TYPES, JSON_TYPE, RAW] as const;

export function addSaliencyRoute(app: FastifyInstance, context: ServiceContext): void {
  addImageRoute(app, context, {
    url: '/v1/saliency',
    summary: 'What stands out in an image: map, mask, heat map, raw numbers, or boxes and figures',
    options: saliencyOptions,
    produces: OFFERS,
    toTask: ({ output, format, ...rest }, accept) => {
      const common = { ...rest, kind: 'subject', margin: 0 } as const;
      if (output === 'json') {
        negotiate(accept, [JSON_TYPE]);
        return { ...common, output, format: 'png' };
      }
      if (format) return { ...common, output, format };
      const type = negotiate(accept, OFFERS);
      if (type === JSON_TYPE) return { ...common, output: 'json', format: 'png' };
      if (type === RAW) return { ...common, output: 'raw', format: 'png' };
      return { ...common, output, format: formatOfType(type) };
    },
  });
}
