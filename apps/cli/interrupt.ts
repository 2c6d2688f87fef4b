/** Lets work end cleanly on Ctrl-C (SIGINT) or SIGTERM. */
import { PocketlensError } from '../../models/base/errors.js';

/**
 * Runs work that watches a signal. The first interrupt aborts it and waits for it to clean up; the second leaves at once.
 * @throws interrupted (exit code 130) once the work has ended after an interrupt.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupted = new PocketlensError('interrupted', 'Stopped before the end.');
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(interrupted.exitCode);
    controller.abort(interrupted);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? interrupted : error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
