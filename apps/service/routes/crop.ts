/** POST /v1/crop: the image cropped around its subject. */
import type { FastifyInstance } from 'fastify';
import { negotiate } from '../negotiate.js';
import { cropOptions } from '../schemas/options.js';
import type { ServiceContext } from '../service-context.js';
import { addImageRoute } from './image-route.js';
import { formatOfType, PICTURE_TYPES } from './picture-format.js';

const JSON_TYPE = 'application/json';
const OFFERS = [...PICTURE_TYPES, JSON_TYPE] as const;

export function addCropRoute(app: FastifyInstance, context: ServiceContext): void {
  addImageRoute(app, context, {
    url: '/v1/crop',
    summary: 'A crop of a wanted ratio around the subject, as a picture or as a box',
    options: cropOptions,
    produces: OFFERS,
    toTask: ({ ratio, format, ...rest }, accept) => {
      const common = {
        ...rest,
        ...(ratio !== undefined && { ratio }),
        kind: 'subject',
        depth: 'u8',
      } as const;
      if (format) return { ...common, output: 'crop', format };
      const type = negotiate(accept, OFFERS);
      // The figures with the box of the crop.
      if (type === JSON_TYPE) return { ...common, output: 'json', withCrop: true, format: 'png' };
      return { ...common, output: 'crop', format: formatOfType(type) };
    },
  });
}
