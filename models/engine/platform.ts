/** Which TensorFlow wheel serves this machine, and how its libraries are named. */

export const TENSORFLOW_VERSION = '2.21.0';

export interface EnginePlatform {
  /** `linux-x64`, ... */
  readonly name: string;
  readonly wheel: string;
  /** pip's platform tag. */
  readonly tag: string;
  readonly libraries: readonly [cc: string, framework: string];
  /** False where nobody of this project has run it yet. */
  readonly tested: boolean;
}

const LINUX = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
const MACOS = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'] as const;

/** Wheels of TensorFlow 2.21.0 that PyPI has. `tensorflow-cpu` exists only for x86-64; the others have `tensorflow`. */
export const PLATFORMS: readonly EnginePlatform[] = [
  {
    name: 'linux-x64',
    wheel: 'tensorflow-cpu',
    tag: 'manylinux_2_27_x86_64',
    libraries: LINUX,
    tested: true,
  },
  {
    name: 'linux-arm64',
    wheel: 'tensorflow',
    tag: 'manylinux_2_27_aarch64',
    libraries: LINUX,
    tested: false,
  },
  { name: 'darwin-arm64', wheel: 'tensorflow', tag: 'macosx_12_0_arm64', libraries: MACOS, tested: false },
];

/** The platform's entry, or undefined where there is no wheel for it (Windows, macOS on Intel, musl). */
export function enginePlatform(
  platform: string = process.platform,
  arch: string = process.arch,
): EnginePlatform | undefined {
  return PLATFORMS.find((entry) => entry.name === `${platform}-${arch}`);
}
