/** Asks the service for a map. XMLHttpRequest, since only it tells how much of the picture has been sent. */
import type { Refinement } from '../../../saliency/find-subject.js';

/** What the service said (problem details, RFC 9457), or that it said nothing. */
export class ServiceFailure extends Error {
  constructor(
    /** 0 where no answer came. */
    readonly status: number,
    readonly problem: Problem,
    /** Seconds after which to try again, where the service named them. */
    readonly retryAfter?: number,
  ) {
    super(problem.title ?? 'No answer');
  }
}

export interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly remedy?: string;
  readonly code?: string;
}

export interface MapRequest {
  readonly refine: Refinement;
  readonly signal: AbortSignal;
  /** @param sent share of the picture, in [0, 1] */
  readonly onProgress: (sent: number) => void;
}

/** @returns the map as a PNG. @throws ServiceFailure; the signal's reason when it aborts */
export function requestMap(picture: Blob, { refine, signal, onProgress }: MapRequest): Promise<Blob> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const abort = () => {
      request.abort();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    request.open('POST', `v1/saliency?output=map&format=png&refine=${refine}`);
    request.responseType = 'blob';
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('Accept', 'image/png, application/problem+json');
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(new ServiceFailure(0, {}));
    request.onloadend = () => signal.removeEventListener('abort', abort);
    request.onload = () => {
      const body = request.response as Blob;
      if (request.status === 200 && body.type.startsWith('image/')) return resolve(body);
      const retryAfter = Number.parseInt(request.getResponseHeader('Retry-After') ?? '', 10);
      void readProblem(body).then((problem) =>
        reject(new ServiceFailure(request.status, problem, retryAfter >= 0 ? retryAfter : undefined)),
      );
    };
    request.send(picture);
  });
}

/** Proxies answer with pages of their own: what is no problem document says nothing. */
async function readProblem(body: Blob): Promise<Problem> {
  try {
    const value: unknown = JSON.parse(await body.text());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
