/** Messages of libraries may run over many lines. */
export function firstLine(cause: unknown): string {
  const [line = ''] = String((cause as Error)?.message ?? cause).split('\n');
  return line.replace(/\.$/, '').slice(0, 300);
}
