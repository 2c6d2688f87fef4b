/** Every subcommand's name and one line about it, so that `pocketlens --help` need not load their code. */
import type { Command } from 'commander';

/** In the order of the help text. `commands/<name>.ts` exports `register` and describes itself by the same summary. */
export const COMMANDS = [
  { name: 'ocr', summary: 'read the text in images' },
  { name: 'saliency', summary: 'find what stands out in photographs' },
  { name: 'serve', summary: 'serve saliency, cut-outs, crops and text over HTTP' },
  { name: 'info', summary: 'show versions, models, backends and limits' },
  { name: 'selftest', summary: 'read a known image and check the answer' },
  { name: 'synth', summary: 'render training images with labels' },
  { name: 'engine', summary: 'set up native TensorFlow for training (reading pages does not need it)' },
  { name: 'train', summary: 'train a model' },
  { name: 'compress', summary: 'make a model smaller and faster' },
  { name: 'bundle', summary: 'build, verify and inspect the bundle of models for phones and browsers' },
  { name: 'evaluate', summary: 'measure a model on labelled images' },
  { name: 'bench', summary: 'compare accuracy, speed and memory with other programs' },
] as const satisfies readonly { name: string; summary: string }[];

export type CommandName = (typeof COMMANDS)[number]['name'];

export interface CommandModule {
  /** Adds the subcommand to the program. Its action returns when all is done and throws what went wrong. */
  register(program: Command): void;
}

export async function loadCommand(name: CommandName): Promise<CommandModule> {
  return (await import(`./commands/${name}.js`)) as CommandModule;
}
