import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bundle } from '../../../../apps/bundle/build/build-bundle.js';
import { hashList } from '../../../../apps/bundle/build/documents.js';
import { writeBundle } from '../../../../apps/bundle/build/write-bundle.js';
import type { Golden } from '../../../../apps/bundle/manifest/parts.js';
import type { Manifest } from '../../../../apps/bundle/manifest/schema.js';
import { openBundleFiles } from '../../../../apps/bundle/verify/bundle-files.js';
import { verifyBundle } from '../../../../apps/bundle/verify/verify-bundle.js';
import type { PocketlensError } from '../../../../models/base/errors.js';
import { Random } from '../../../../models/base/random.js';
import { builtBundle } from '../built-bundle.js';

type Files = Map<string, Uint8Array>;

let bundle: Bundle;
let work: string;

beforeAll(async () => {
  bundle = await builtBundle();
  work = await mkdtemp(join(tmpdir(), 'pocketlens-bundle-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const text = (value: string) => new TextEncoder().encode(value);

/** Without compression: quick. */
async function zipped(files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const path = join(work, 'mutated.zip');
  const entries = [...files].map(([name, bytes]) => [name, [bytes, { level: 0 }]] as const);
  await writeFile(path, zipSync(Object.fromEntries(entries) as Zippable));
  return path;
}

/** With a manifest that is changed, and hashes that fit it. */
function resigned(change: (manifest: Manifest & Record<string, unknown>) => void): Files {
  const files = new Map(bundle.files);
  const manifest = structuredClone(bundle.manifest) as Manifest & Record<string, unknown>;
  change(manifest);
  files.delete('SHA256SUMS');
  files.set('manifest.json', text(JSON.stringify(manifest)));
  return files.set('SHA256SUMS', text(hashList(files)));
}

const refusal = async (path: string): Promise<PocketlensError> =>
  verifyBundle(path).then(
    () => expect.fail('the bundle was accepted'),
    (error) => error,
  );

describe('a changed bundle', () => {
  /** Changes files in place; returns the code, and what the message names. */
  const MUTATIONS: readonly ((
    files: Files,
    path: string,
    random: Random,
  ) => [code: string, named: string])[] = [
    (files, path, random) => {
      // A copy: slices of Buffers share their memory.
      const bytes = new Uint8Array(files.get(path)!);
      bytes[random.int(0, bytes.length - 1)]! ^= 1 << random.int(0, 7);
      files.set(path, bytes);
      return ['model_integrity_failed', path];
    },
    (files, path, random) => {
      files.set(path, files.get(path)!.slice(0, random.int(0, files.get(path)!.length - 1)));
      return ['model_integrity_failed', path];
    },
    (files, path) => {
      files.set(path, new Uint8Array([...files.get(path)!.slice(0, 1000), ...files.get(path)!, 0]));
      return ['model_integrity_failed', path];
    },
    (files, path) => {
      files.delete(path);
      return ['model_integrity_failed', path];
    },
    (files, path) => {
      files.set(`${path}.more`, text('extra'));
      return ['invalid_model_bundle', `${path}.more`];
    },
    (files, path) => {
      files.set(`../${path}`, text('escaping'));
      return ['invalid_model_bundle', `../${path}`];
    },
  ];

  it('is refused in 100 ways, each naming what is wrong', async () => {
    const random = new Random(1, 'mutations');
    const paths = [...bundle.files.keys()].filter((path) => path !== 'SHA256SUMS');
    for (let i = 0; i < 100; i++) {
      const files = new Map(bundle.files);
      const path = paths[random.int(0, paths.length - 1)]!;
      const [code, named] = MUTATIONS[i % MUTATIONS.length]!(files, path, random);
      const error = await refusal(await zipped(files));
      expect({ i, code: error.code, line: error.toLine() }).toMatchObject({ i, code });
      expect(error.message, `${i}`).toContain(`"${named}"`);
      expect(error.toLine()).not.toContain('\n');
    }
  }, 300_000);

  it('is refused where the list of hashes is changed or gone', async () => {
    for (const sums of [
      undefined,
      '',
      'no hash\n',
      new TextDecoder().decode(bundle.files.get('SHA256SUMS')).slice(1),
    ]) {
      const files = new Map(bundle.files);
      if (sums === undefined) files.delete('SHA256SUMS');
      else files.set('SHA256SUMS', text(sums));
      expect(['model_integrity_failed', 'invalid_model_bundle']).toContain(
        (await refusal(await zipped(files))).code,
      );
    }
  });

  it('is refused where the manifest is of a future version, or is none', async () => {
    const future = await refusal(
      await zipped(resigned((manifest) => Object.assign(manifest, { schemaVersion: 2 }))),
    );
    expect(future.toLine()).toBe(
      'invalid_model_bundle: Expected a manifest of version 1 or lower but received version 2. Update Pocketlens: the bundle is newer than it.',
    );
    const odd = await refusal(await zipped(resigned((manifest) => Object.assign(manifest, { surprise: 1 }))));
    expect(odd).toMatchObject({ code: 'invalid_model_bundle' });
    const lost = resigned((manifest) => {
      manifest.models[0]!.card = 'cards/other.json';
    });
    expect((await refusal(await zipped(lost))).message).toContain('"cards/other.json"');
  });

  it('is refused where signatures or goldens are not what is declared', async () => {
    const renamed = resigned((manifest) => {
      manifest.models[0]!.variants[0]!.inputs[0]!.name = 'picture';
    });
    const signature = await refusal(await zipped(renamed));
    expect(signature).toMatchObject({ code: 'invalid_model_bundle' });
    expect(signature.message).toContain('the runtime reports image float32 [?, 1, 32, ?]');
    const shifted = resigned((manifest) => {
      manifest.models[0]!.goldens[0]!.outputs.logits!.offset += 100;
    });
    const golden = await refusal(await zipped(shifted));
    expect(golden.code).toBe('golden_mismatch');
    expect(golden.exitCode).toBe(76);
    const stretched = resigned((manifest) => {
      const [model] = manifest.models;
      if (model?.task === 'text-recognition') model.preprocessing.resize.stretch = 0.3;
    });
    expect((await refusal(await zipped(stretched))).message).toMatch(/it reads ".*" for "/);
  });

  it('is refused where nothing would be compared', async () => {
    const first = (change: (golden: Golden) => void) => (manifest: Manifest) =>
      change(manifest.models[0]!.goldens[0]!);
    const changes: [change: (manifest: Manifest) => void, named: string][] = [
      [({ models }) => void models[0]!.goldens.splice(0), 'models.0.goldens'],
      [first((golden) => Object.assign(golden, { inputs: {} })), 'models.0.goldens.0.inputs'],
      [first((golden) => Object.assign(golden, { outputs: {} })), 'models.0.goldens.0.outputs'],
      [
        first((golden) => Object.assign(golden, { outputs: { other: golden.outputs.logits! } })),
        'the tensor "logits" among the outputs',
      ],
    ];
    for (const [change, named] of changes) {
      const error = await refusal(await zipped(resigned(change)));
      expect(error).toMatchObject({ code: 'invalid_model_bundle' });
      expect(error.message).toContain(named);
    }
  });

  it('is refused by a code where a golden cannot be read or run', async () => {
    const { expected, picture } = bundle.manifest.models[0]!.goldens[0]!;
    const replaced = (path: string, content: string) => {
      const bytes = text(content);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const files = resigned((manifest) => {
        manifest.files[path] = { bytes: bytes.length, sha256 };
      });
      files.set(path, bytes);
      files.delete('SHA256SUMS');
      return files.set('SHA256SUMS', text(hashList(files)));
    };
    for (const [path, content] of [
      [expected, '{'],
      [expected, '{"text": 1}'],
      [picture, 'no picture'],
    ] as const) {
      const error = await refusal(await zipped(replaced(path, content)));
      expect(error).toMatchObject({ code: 'invalid_model_bundle' });
      expect(error.message).toContain(`"${path}"`);
    }
    const narrow = resigned((manifest) => {
      const { image } = manifest.models[0]!.goldens[0]!.inputs;
      image!.shape = [1, 1, image!.shape[3]!, image!.shape[2]!];
    });
    expect(await refusal(await zipped(narrow))).toMatchObject({
      code: 'golden_mismatch',
      message: expect.stringContaining('running it fails: '),
    });
    const unnamed = resigned((manifest) => {
      for (const { inputs } of manifest.models[0]!.variants) inputs[0]!.role = 'picture';
      const { image } = manifest.models[0]!.goldens[0]!.inputs;
      manifest.models[0]!.goldens[0]!.inputs = { picture: image! };
    });
    expect(await refusal(await zipped(unnamed))).toMatchObject({
      code: 'invalid_model_bundle',
      message: expect.stringContaining('Expected a tensor "image"'),
    });
  });

  it('is refused where the runtime lacks an operator', async () => {
    const [model] = bundle.manifest.models;
    const path = model!.variants[0]!.files[0]!;
    const bytes = Buffer.from(bundle.files.get(path)!);
    // "Relu" stands in nodes alone; as long a name that no runtime knows.
    for (
      let at = bytes.indexOf('\x04Relu', 0, 'latin1');
      at >= 0;
      at = bytes.indexOf('\x04Relu', at + 1, 'latin1')
    )
      bytes.write('Rexu', at + 1, 'latin1');
    const files = resigned((manifest) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      manifest.files[path] = { bytes: bytes.length, sha256 };
    });
    files.set(path, new Uint8Array(bytes));
    files.delete('SHA256SUMS');
    files.set('SHA256SUMS', text(hashList(files)));
    expect(await refusal(await zipped(files))).toMatchObject({ code: 'unsupported_operator', exitCode: 68 });
  });

  it('is opened with the folders listed, as ordinary programs list them', async () => {
    const files = new Map([['cards/', new Uint8Array()], ['models/', new Uint8Array()], ...bundle.files]);
    const { paths } = await openBundleFiles(await zipped(files));
    expect(paths).toEqual([...bundle.files.keys()].sort());
    files.set('../out/', new Uint8Array(1));
    expect((await refusal(await zipped(files))).code).toBe('invalid_model_bundle');
  });

  it('is refused when cut short, wherever', async () => {
    const zip = await readFile(await zipped(bundle.files));
    const random = new Random(1, 'truncated');
    const path = join(work, 'short.zip');
    for (const length of [
      0,
      1,
      21,
      zip.length - 1,
      ...Array.from({ length: 10 }, () => random.int(2, zip.length - 2)),
    ]) {
      await writeFile(path, zip.subarray(0, length));
      const error = await refusal(path);
      expect(['invalid_model_bundle', 'model_integrity_failed']).toContain(error.code);
    }
  });
});

describe('a zip that is made to do harm', () => {
  /** In the listing and before the file's own bytes. */
  const renamed = (zip: Uint8Array, from: string, to: string) => {
    const bytes = Buffer.from(zip);
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
    return bytes;
  };
  const write = async (zip: Uint8Array) => {
    const path = join(work, 'harm.zip');
    await writeFile(path, zip);
    return path;
  };

  it('is refused for names that come twice', async () => {
    const zip = zipSync({ 'aaaa.json': text('1'), 'bbbb.json': text('2') });
    const error = await refusal(await write(renamed(zip, 'bbbb.json', 'aaaa.json')));
    expect(error).toMatchObject({ code: 'invalid_model_bundle' });
    expect(error.message).toContain('"aaaa.json" comes twice');
  });

  it('is refused for names that lead out, with nothing written', async () => {
    for (const name of ['../escaped.txt', '/escaped.txt', 'a/../../escaped.txt', 'C:\\escaped.txt', 'a\0b']) {
      const error = await refusal(await write(zipSync({ [name]: text('x') })));
      expect(error.code, name).toBe('invalid_model_bundle');
    }
    expect(existsSync(join(dirname(work), 'escaped.txt'))).toBe(false);
  });

  it('is refused for what unpacks to more than a bundle may hold, or than it says', async () => {
    const bomb = Buffer.from(zipSync({ 'manifest.json': new Uint8Array(1_000_000) }, { level: 9 }));
    const entry = bomb.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
    const huge = Buffer.from(bomb);
    huge.writeUInt32LE(0x7fffffff, entry + 24);
    expect(await refusal(await write(huge))).toMatchObject({ code: 'limit_exceeded', exitCode: 69 });
    const lying = Buffer.from(bomb);
    lying.writeUInt32LE(10, entry + 24);
    const listed = await refusal(await write(lying));
    expect(['invalid_model_bundle', 'model_integrity_failed']).toContain(listed.code);
    const many = Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`f${i}`, new Uint8Array(0)]));
    expect(await refusal(await write(zipSync(many)))).toMatchObject({ code: 'limit_exceeded' });
  });

  it('is refused for links in a folder', async () => {
    const folder = join(work, 'linked');
    await writeBundle(folder, bundle);
    await rm(join(folder, 'NOTICE'));
    await symlink('/etc/hostname', join(folder, 'NOTICE'));
    const error = await refusal(folder);
    expect(error).toMatchObject({ code: 'invalid_model_bundle' });
    expect(error.message).toContain('"NOTICE" is a link');
  });

  it('is no bundle that is itself a link: that one is followed', async () => {
    const [folder, link] = [join(work, 'real'), join(work, 'link')];
    await writeBundle(folder, bundle);
    await symlink(folder, link);
    const { variants } = await verifyBundle(link);
    for (const { pictures, differences } of variants) {
      expect(pictures).toBe(1);
      expect(Object.keys(differences)).not.toEqual([]);
    }
  });

  it('is told from what cannot be read', async () => {
    const loop = join(work, 'loop');
    await symlink(loop, loop);
    const error = await refusal(loop);
    expect(error).toMatchObject({ code: 'input_unreadable', remedy: expect.any(String) });
  });

  it('is told apart from what is not there', async () => {
    expect(await refusal(join(work, 'none.zip'))).toMatchObject({ code: 'input_not_found', exitCode: 66 });
  });
});
