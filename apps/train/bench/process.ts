/** Running other programs: their output, their time, their memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { PocketlensError } from '../../../models/base/errors.js';
import type { PeerCommand } from './peers/peer.js';

/** Clock ticks a second in `/proc`: fixed in Linux's interface to programs on all common machines. */
const TICKS = 100;
const POLL_MS = 4;
const MOST_STDERR = 4000;

export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** From start to end. */
  readonly seconds: number;
  /** High-water mark of resident memory; undefined where `/proc` does not tell or `memory` was not asked for. */
  readonly peakBytes?: number;
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Watch the memory; costs a little time. */
  readonly memory?: boolean;
  /** Called with each whole line on standard error as soon as it comes, while the process (of this id) runs. */
  readonly onStderrLine?: (line: string, pid: number) => void;
}

/** Runs a program to its end, whatever its exit code. @throws tool_missing, interrupted */
export async function runProcess(command: PeerCommand, options: RunOptions = {}): Promise<ProcessResult> {
  const start = performance.now();
  const child = startProcess(command, options.signal);
  child.stdin?.end();
  let peak = 0;
  const pid = child.pid ?? -1;
  const watch = options.memory
    ? setInterval(() => {
        peak = Math.max(peak, peakMemory(pid) ?? 0);
      }, POLL_MS)
    : undefined;
  const stdout: Buffer[] = [];
  let stderr = '';
  let rest = '';
  child.stdout?.on('data', (data: Buffer) => stdout.push(data));
  child.stderr?.setEncoding('utf8').on('data', (data: string) => {
    stderr = (stderr + data).slice(-MOST_STDERR);
    const lines = (rest + data).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) options.onStderrLine?.(line, pid);
  });
  try {
    const code = await ended(child, command, options.signal);
    return {
      code,
      stdout: Buffer.concat(stdout).toString('utf8'),
      stderr,
      seconds: (performance.now() - start) / 1000,
      ...(peak > 0 && { peakBytes: peak }),
    };
  } finally {
    clearInterval(watch);
  }
}

export function startProcess({ command, args, env }: PeerCommand, signal?: AbortSignal): ChildProcess {
  signal?.throwIfAborted();
  return spawn(command, args, {
    stdio: 'pipe',
    env: { ...process.env, ...env },
    windowsHide: true,
    ...(signal && { signal }),
  });
}

/** The exit code, once all output has come. @throws tool_missing, interrupted */
export function ended(child: ChildProcess, { command }: PeerCommand, signal?: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(signal?.aborted ? signal.reason : missing(command, cause));
    });
    child.once('close', (code) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve(code ?? 1);
    });
  });
}

function missing(command: string, cause: Error): PocketlensError {
  return new PocketlensError('tool_missing', `Expected the program ${command} but it does not start.`, {
    cause,
  });
}

/** High-water mark of a running process's resident memory, in bytes. */
export function peakMemory(pid: number): number | undefined {
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readProc(`${pid}/status`) ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** CPU seconds that a running process has used so far. */
export function cpuSeconds(pid: number): number | undefined {
  return sumTicks(pid, 11, 13);
}

/** CPU seconds of this process's children that have ended. */
export function endedChildrenCpuSeconds(): number | undefined {
  return sumTicks('self', 13, 15);
}

/** @param from index of the first field behind the program's name in brackets, which may hold blanks. */
function sumTicks(pid: number | 'self', from: number, to: number): number | undefined {
  const stat = readProc(`${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(from, to).map(Number);
  return ticks.reduce((sum, value) => sum + value, 0) / TICKS;
}

function readProc(name: string): string | undefined {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch {
    return undefined; // no Linux, or the process has ended
  }
}
