/** What the verifier asks of a runtime. */
import type { Variant } from '../../manifest/parts.js';
import type { BundleRuntime, BundleSession } from '../../reader/types.js';

/** A name, element type and shape as the runtime reports them; null: any size. */
export interface ReportedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | null)[];
}

export interface VerifierSession extends BundleSession {
  /** Absent where the runtime does not tell. */
  readonly inputs?: readonly ReportedTensor[];
  readonly outputs?: readonly ReportedTensor[];
}

export interface VerifierRuntime extends BundleRuntime {
  /** With its version. */
  readonly name: string;
  /** @throws unsupported_operator, invalid_model_bundle for bytes that it does not load */
  createSession(bytes: Uint8Array, more: ReadonlyMap<string, Uint8Array>): Promise<VerifierSession>;
}

export interface RuntimeKind {
  readonly formats: readonly Variant['format'][];
  /** undefined where this machine has none. */
  find(): Promise<VerifierRuntime | undefined>;
}
