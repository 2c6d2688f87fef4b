/** Runs other programs: their output is kept for error messages, never mixed into stdout. */
import { spawn } from 'node:child_process';

const KEPT = 20_000;

/** Runs a program and resolves with its exit code (127: it could not be started) and the end of what it printed. */
export function runTool(command: string, args: readonly string[]): Promise<{ code: number; tail: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let tail = '';
    const keep = (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-KEPT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 127, tail: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, tail }));
  });
}

/** True when the program exists and the given arguments make it succeed. */
export async function toolWorks(command: string, args: readonly string[]): Promise<boolean> {
  return (await runTool(command, args)).code === 0;
}
