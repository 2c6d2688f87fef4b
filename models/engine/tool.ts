/** Finds and runs other programs: their output is kept for error messages, never mixed into stdout. */
import { spawn } from 'node:child_process';
import { engineMissing } from './engine-missing.js';

const KEPT = 20_000;
const COMPILERS = ['c++', 'g++', 'clang++'];

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

export function findCompiler(): Promise<string> {
  return findTool([process.env.CXX, ...COMPILERS], ['--version'], 'a C++ compiler', 'g++ or clang');
}

/** The first of the programs that works. @throws engine_missing naming the packages to install */
export async function findTool(
  names: readonly (string | undefined)[],
  probe: readonly string[],
  what: string,
  packages: string,
): Promise<string> {
  for (const name of names) if (name && (await toolWorks(name, probe))) return name;
  throw engineMissing(`${what} is not here`, { remedy: `Install ${packages}, then run this again.` });
}

/** One step of the set-up. @throws engine_missing with what the program said last */
export async function runStep(
  what: string,
  command: string,
  args: readonly string[],
  remedy?: string,
): Promise<void> {
  const { code, tail } = await runTool(command, args);
  if (code === 0) return;
  const options = { details: { command, code, output: tail }, ...(remedy ? { remedy } : {}) };
  throw engineMissing(`could not ${what}: ${lastLine(tail) || `${command} ended with ${code}`}`, options);
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? '').trim();
}
