/** Python, in which reference runtimes run that have no counterpart in Node. */
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Has ai-edge-litert, onnx, onnxruntime and numpy; `.ci/run` sets one up. */
export const PYTHON = process.env.POCKETLENS_PYTHON || 'python3';

const run = promisify(execFile);

/** Why tests that need it are skipped; '' where they run. In CI they always run, and fail where it is missing. */
export const WITHOUT_PYTHON = process.env.CI ? '' : lacking();
if (WITHOUT_PYTHON) console.warn(`Skipped checks of exported models: ${WITHOUT_PYTHON}.`);

function lacking(): string {
  try {
    const modules = 'import ai_edge_litert.interpreter, numpy, onnx, onnxruntime';
    execFileSync(PYTHON, ['-c', modules], { stdio: 'ignore', timeout: 60_000 });
    return '';
  } catch {
    return `${PYTHON} with ai-edge-litert, numpy, onnx and onnxruntime is missing`;
  }
}

/** Standard output. A failure is told with what Python said. */
export async function runPython(args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(PYTHON, [...args], { maxBuffer: 1 << 26, timeout: 200_000 });
    return stdout;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(
      `${PYTHON} ${args[0]} failed: ${stderr.trim().split('\n').slice(-4).join(' | ') || error}`,
    );
  }
}
