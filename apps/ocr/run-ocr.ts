/** Reads many images and writes their results: the command's work without its options and its terminal. */
import { extname, join } from 'node:path';
import { PocketlensError } from '../../models/base/errors.js';
import type { Box, GrayImage } from '../../models/base/image.js';
import { DEFAULT_LIMITS, type DecodedPage, type DecodeLimits, decodePages } from '../files/decode-image.js';
import { expandInputs, type Input } from '../files/inputs.js';
import { inputGuard, isFolder } from '../files/output-place.js';
import { type RunEnvironment, runInputs, throwFailed } from '../files/run-inputs.js';
import { writeFileWhole } from '../files/write-file.js';
import type { ReadDocument, ReadPage } from './document.js';
import type { FormatContext, PagePicture } from './formats/format.js';
import { FORMATS, type FormatName } from './formats/formats.js';
import { atFullSize } from './full-size.js';
import { type OutputPlan, planOutputs } from './outputs.js';
import { drawOverlay, OVERLAY_SUFFIXES } from './overlay.js';
import type { PageMode, PageReader, ReadPageOptions } from './read-page.js';
import { onDecoded } from './region.js';
import { ResultWriter } from './result-writer.js';
import { StageFolder } from './stage-folder.js';

export interface OcrOptions {
  /** Files, folders, `-`, `@list`. */
  readonly inputs: readonly string[];
  readonly formats: readonly FormatName[];
  /** A file, a folder or `-`; standard output when not given. */
  readonly output?: string;
  readonly mode: PageMode;
  readonly region?: Box;
  readonly allowlist?: string;
  readonly minConfidence?: number;
  readonly characters?: boolean;
  readonly decoder?: 'greedy' | 'beam';
  readonly spelling?: boolean;
  /** Images that are worked on at a time. */
  readonly jobs: number;
  readonly overlay?: string;
  readonly debugFolder?: string;
  readonly limits?: Partial<DecodeLimits>;
}

export interface OcrEnvironment extends RunEnvironment<ReadDocument> {
  /** Opens what reads `jobs` images at a time; it is disposed of in the end. */
  readonly openReader: (jobs: number) => Promise<PageReader>;
  /** Version of Pocketlens, which some formats carry. */
  readonly version: string;
}

/**
 * Results come in the order of the inputs, whatever finishes first. A file that cannot be read is reported and passed
 * over when there are others.
 * @throws some_failed when one among several failed, a single input's own error, and whatever concerns all of them
 */
export async function runOcr(options: OcrOptions, environment: OcrEnvironment): Promise<void> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const inputs = await expandInputs(options.inputs, { stdin: environment.stdin, maxBytes: limits.maxBytes });
  const plan = await planOutputs(inputs, options.formats, options.output);
  const overlays = options.overlay ? await overlayPaths(options.overlay, inputs, plan.names) : undefined;
  await environment.onStart?.(inputs.length);
  const jobs = Math.min(options.jobs, inputs.length);
  const reader = await environment.openReader(jobs);
  let failed: unknown[];
  try {
    failed = await new OcrJob(
      { ...options, jobs },
      environment,
      reader,
      limits,
      inputs,
      plan,
      overlays,
    ).run();
  } finally {
    await reader.dispose();
  }
  throwFailed(failed, inputs.length, 'read');
}

class OcrJob {
  readonly #pictures = new WeakMap<ReadPage, PagePicture>();
  readonly #context: FormatContext;
  readonly #needsPictures: boolean;
  readonly #guard: (path: string) => void;

  constructor(
    readonly options: OcrOptions,
    readonly environment: OcrEnvironment,
    readonly reader: PageReader,
    readonly limits: DecodeLimits,
    readonly inputs: readonly Input[],
    readonly plan: OutputPlan,
    readonly overlays: readonly string[] | undefined,
  ) {
    this.#guard = inputGuard(inputs);
    const targets = [...plan.shared, ...plan.own.flat()];
    this.#needsPictures = targets.some(({ format }) => FORMATS[format].needsPictures);
    this.#context = {
      version: environment.version,
      mode: options.mode,
      picture: (page) => this.#pictures.get(page)!,
    };
  }

  /** @returns what failed. */
  async run(): Promise<unknown[]> {
    const { inputs, environment, plan } = this;
    const context = { ...this.#context, isList: inputs.length > 1 };
    const writer = new ResultWriter(plan.shared, context, environment.writeOut);
    try {
      const failed = await runInputs(
        inputs,
        {
          jobs: this.options.jobs,
          work: (input, index) => this.#readAndWrite(input, index),
          put: (index, document) => writer.put(index, document),
        },
        environment,
      );
      await writer.finish();
      return failed;
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  async #readAndWrite(input: Input, index: number): Promise<ReadDocument> {
    const document = await this.#readInput(input, index);
    for (const { format, path } of this.plan.own[index]!)
      await writeFileWhole(path, await FORMATS[format].write([document], this.#context));
    return document;
  }

  async #readInput(input: Input, index: number): Promise<ReadDocument> {
    const pages: ReadPage[] = [];
    for await (const decoded of decodePages(input.source, this.limits)) {
      this.environment.signal?.throwIfAborted();
      const page = await this.#readPage(decoded, index);
      pages.push(page);
      if (this.#needsPictures) this.#pictures.set(page, { ...(await decoded.encoded()), dpi: decoded.dpi });
      const overlay = this.overlays?.[index];
      if (overlay) {
        const path = this.#overlayOf(overlay, pages.length);
        const drawn = await drawOverlay(await decoded.colour(), page, decoded.scale, extname(path));
        await writeFileWhole(path, drawn);
      }
    }
    return { file: input.file, pages };
  }

  /** Pages behind the first add their number; where that is another picture's name, a letter more. */
  #overlayOf(overlay: string, page: number): string {
    if (page === 1) return overlay;
    const suffix = extname(overlay);
    let path = `${overlay.slice(0, -suffix.length)}-${page}${suffix}`;
    while (this.overlays!.includes(path)) path = `${path.slice(0, -suffix.length)}p${suffix}`;
    this.#guard(path);
    return path;
  }

  async #readPage(decoded: DecodedPage, index: number): Promise<ReadPage> {
    const { mode, region, allowlist, minConfidence, characters, decoder, spelling, debugFolder } =
      this.options;
    const stages = debugFolder
      ? new StageFolder(join(debugFolder, this.plan.names[index]!), decoded.page)
      : undefined;
    const options: ReadPageOptions = {
      mode,
      ...(region && { region: onDecoded(region, decoded) }),
      ...(allowlist !== undefined && { allowlist }),
      ...(minConfidence !== undefined && { minConfidence }),
      ...(characters && { characters }),
      ...(decoder && { decoder }),
      ...(spelling !== undefined && { spelling }),
      ...(this.environment.signal && { signal: this.environment.signal }),
      ...(stages && { onStage: (name: string, image: GrayImage) => stages.save(name, image) }),
    };
    const result = await this.reader.readPage(decoded.image, options);
    await stages?.finish();
    return atFullSize(result, decoded);
  }
}

/** Where each input's overlay goes: the named file for one input, a file in the named folder for several. @throws usage */
async function overlayPaths(
  path: string,
  inputs: readonly Input[],
  names: readonly string[],
): Promise<string[]> {
  const isPicture = OVERLAY_SUFFIXES.some((suffix) => path.toLowerCase().endsWith(suffix));
  const isMany = inputs.length > 1;
  const check = inputGuard(inputs);
  if (await isFolder(path, isMany && !isPicture)) {
    const paths = names.map((name) => join(path, `${name}.png`));
    paths.forEach(check);
    return paths;
  }
  if (isMany)
    throw new PocketlensError(
      'usage',
      `Expected a folder for the overlays of ${inputs.length} images but received ${path}.`,
      { remedy: 'Name one by --overlay FOLDER/.' },
    );
  check(path);
  if (isPicture) return [path];
  throw new PocketlensError(
    'usage',
    `Expected a name that ends in ${OVERLAY_SUFFIXES.join(', ')} for --overlay.`,
    {
      remedy: 'For example --overlay words.png.',
    },
  );
}
