/** The list of a site's files that its service worker starts with: `../site` writes it, the service worker reads it. */

export interface SiteFile {
  readonly bytes: number;
  /** Of the contents, hexadecimal. */
  readonly sha256: string;
  /** Part of the page itself: kept before the service worker first answers. */
  readonly isPage: boolean;
}

export interface SiteList {
  /** Path below the site's folder → file; the service worker is not in it. */
  readonly files: Readonly<Record<string, SiteFile>>;
}

/** The global name in the service worker. */
export const SITE_LIST = 'POCKETLENS_SITE';

/** From the page. */
export type ToServiceWorker =
  | { readonly type: 'keep'; readonly paths: readonly string[] }
  /** A new version shall take over at once. */
  | { readonly type: 'take-over' };

/** To the page. */
export type FromServiceWorker =
  | { readonly type: 'kept'; readonly bytes: number }
  | { readonly type: 'not-kept'; readonly path: string };
