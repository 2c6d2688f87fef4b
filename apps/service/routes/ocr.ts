/** POST /v1/ocr: the text of an image. */
import type { FastifyInstance } from 'fastify';
import { checkAllowlist } from '../../ocr/allowlist.js';
import { FORMAT_NAMES, FORMATS, type FormatName } from '../../ocr/formats/formats.js';
import { negotiate } from '../negotiate.js';
import { ocrOptions } from '../schemas/options.js';
import type { ServiceContext } from '../service-context.js';
import { addImageRoute } from './image-route.js';

/** Without parameters: `text/plain`. */
const typeOf = (name: FormatName) => FORMATS[name].mediaType.split(';')[0]!;
/** XML in general means ALTO. */
const ALTO_TYPES = ['application/xml', 'text/xml'];
const OFFERS = [...FORMAT_NAMES.map(typeOf), ...ALTO_TYPES];

export function addOcrRoute(app: FastifyInstance, context: ServiceContext): void {
  const charset = context.engine.models.find(({ kind }) => kind === 'ocr')?.charset;
  addImageRoute(app, context, {
    url: '/v1/ocr',
    summary: 'The text in an image: plain, structured, or as a searchable PDF',
    options: ocrOptions,
    produces: FORMAT_NAMES.map(typeOf),
    toTask: ({ format, decoder, minConfidence, allowlist, ...rest }, accept) => {
      if (allowlist !== undefined && charset !== undefined) checkAllowlist(allowlist, charset, 'allowlist');
      return {
        ...rest,
        kind: 'ocr',
        format: format ?? formatOf(negotiate(accept, OFFERS)),
        ...(decoder && { decoder }),
        ...(minConfidence !== undefined && { minConfidence }),
        ...(allowlist !== undefined && { allowlist }),
      };
    },
  });
}

const formatOf = (type: string): FormatName => FORMAT_NAMES.find((name) => typeOf(name) === type) ?? 'alto';
