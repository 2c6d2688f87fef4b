/**
 * Declines ONNX Runtime's telemetry in this process, unless the environment says something about it already. From version
 * 1.29 on the library's official builds send figures of models and sessions to its makers where nobody declines. It also
 * matches the whole command line against a regular expression, by recursion: in a thread, some 300 names of files were
 * enough to overflow the stack.
 *
 * To be called before the library is loaded, and before a thread is started that will load it: what a thread sets in its
 * own `process.env` native code does not see.
 */
export function declineTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
}
