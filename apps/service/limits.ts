/** What the service takes upon itself. Only the configuration raises a limit, no request does. */
export interface ServiceLimits {
  /** Bytes of one image. */
  readonly maxBytes: number;
  /** Pixels of one image, as its header states them; larger ones are refused before they are decoded. */
  readonly maxPixels: number;
  /** Request bodies that are received at a time; counted before the first byte is read. */
  readonly maxUploads: number;
  /** Requests whose body is here and that wait for a thread. */
  readonly maxQueue: number;
  /** Connections that are open at a time. */
  readonly maxConnections: number;
  /** Milliseconds from a request's head to the begin of its answer. */
  readonly timeout: number;
  /** Milliseconds that a client may take to send a request's head. */
  readonly headersTimeout: number;
  /** Milliseconds without progress after which a client that does not take its answer is hung up on. */
  readonly stallTimeout: number;
  /** Bytes of answers that wait for their clients to take them. */
  readonly maxUnsentBytes: number;
  /** Milliseconds that an idle connection is kept for the next request. */
  readonly keepAliveTimeout: number;
}

export const DEFAULT_SERVICE_LIMITS: ServiceLimits = {
  maxBytes: 20 * 1048576,
  maxPixels: 40_000_000,
  maxUploads: 16,
  maxQueue: 32,
  maxConnections: 512,
  timeout: 30_000,
  headersTimeout: 10_000,
  stallTimeout: 30_000,
  maxUnsentBytes: 512 * 1048576,
  keepAliveTimeout: 5_000,
};

/** Fields of a form beside the file, and bytes of each: options are short. */
export const FORM_LIMITS = { fields: 32, fieldNameSize: 64, fieldSize: 4096 } as const;

/** Bytes of a request's head, its URL included. */
export const MAX_HEAD_BYTES = 16 * 1024;
