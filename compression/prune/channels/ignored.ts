/** Patterns that name nodes: `*` stands for any characters, "/" included. */
export function matcher(patterns: readonly string[]): (node: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${literal.join('.*')}$`);
  });
  return (node) => expressions.some((expression) => expression.test(node));
}
