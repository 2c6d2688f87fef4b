/** Every variant. */
import { layerVariants } from './layer-variants.js';
import { piecesVariants } from './pieces-variants.js';
import { valueVariants } from './value-variants.js';

export const variants = [...layerVariants, ...valueVariants, ...piecesVariants];
