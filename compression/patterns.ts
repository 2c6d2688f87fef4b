/** Which nodes or params a pass is meant for, by patterns of their ids. */

/** Whether the id is of one of the patterns, in which `*` stands for any characters. */
export function matchesAny(id: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 's').test(id);
  });
}

/** Why an id is not to be touched; undefined where it is. */
export function whyLeftOut(
  id: string,
  { include, exclude }: { readonly include: readonly string[]; readonly exclude: readonly string[] },
): string | undefined {
  if (!matchesAny(id, include)) return 'it is not among the layers to include';
  return matchesAny(id, exclude) ? 'it is excluded' : undefined;
}
