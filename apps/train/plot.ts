export async function plotRuns(_runs: readonly string[], _output: string): Promise<void> {}
