/** Lets work end cleanly on Ctrl-C (SIGINT) or SIGTERM. */
import { PocketlensError } from '../../models/base/errors.js';

/**
 * Runs work that watches a signal. The first interrupt aborts it and waits for it to clean up; from then on the system's
 * own handling holds, so that the second ends the process at once, even in the midst of a long native computation (the
 * shell sees exit code 130 or 143).
 * @throws interrupted (exit code 130) once the work has ended after an interrupt.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupted = new PocketlensError('interrupted', 'Stopped before the end.');
  const unlisten = () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  const onSignal = () => {
    unlisten();
    controller.abort(interrupted);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? interrupted : error;
  } finally {
    unlisten();
  }
}
