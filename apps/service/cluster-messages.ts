/** What the processes of one service say to each other. */
import type { ErrorCode } from '../../models/base/errors.js';

export type FromWorker =
  | { readonly type: 'pocketlens:ready'; readonly port: number }
  | {
      readonly type: 'pocketlens:failed';
      readonly code?: ErrorCode;
      readonly message: string;
      readonly remedy?: string;
    }
  | { readonly type: 'pocketlens:metrics'; readonly id: number };

export type FromPrimary =
  | { readonly type: 'pocketlens:stop' }
  | { readonly type: 'pocketlens:metrics'; readonly id: number; readonly text: string };

/** Environment variable with the worker's `StartOptions`. */
export const OPTIONS_VARIABLE = 'POCKETLENS_SERVE_OPTIONS';

/** prom-client talks over the same line. */
export const isOurs = (message: unknown): boolean =>
  typeof message === 'object' && String((message as { type?: unknown })?.type).startsWith('pocketlens:');
