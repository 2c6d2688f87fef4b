/** Options of a command from a JSON file: an object with the options' long names, `{ "format": "json", "jobs": 2 }`. */
import { readFile } from 'node:fs/promises';
import type { Command, Option } from 'commander';
import { expected, PocketlensError } from '../../models/base/errors.js';

/** The option that names the file. */
const CONFIG = 'config';

/**
 * Sets the options that a file gives and the command line does not. Values mean what they mean on the command line: each
 * goes through the same parser. A list stands for its items separated by commas, true and false for a switch set or not.
 * @throws input_not_found, input_unreadable, invalid_config, and what the options' parsers throw
 */
export async function applyConfigFile(command: Command, path: string): Promise<void> {
  const values = await readObject(path);
  const options = command.options.filter((option) => option.name() !== CONFIG);
  for (const [name, value] of Object.entries(values)) {
    const option = options.find((each) => each.name() === name);
    if (!option) {
      throw expected('invalid_config', "an option's long name", `${path}`, name, {
        remedy: `Options: ${options.map((each) => each.name()).join(', ')}.`,
      });
    }
    const key = option.attributeName();
    if (command.getOptionValueSource(key) === 'cli') continue;
    command.setOptionValueWithSource(key, parse(option, value, path), CONFIG);
  }
}

async function readObject(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new PocketlensError(
      missing ? 'input_not_found' : 'input_unreadable',
      `Expected options in ${path} but ${missing ? 'there is no such file' : 'it cannot be read'}.`,
      { remedy: 'Name a JSON file by --config.', cause },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PocketlensError('invalid_config', `Expected JSON in ${path} but it does not parse.`, {
      remedy: 'For example { "format": "json", "jobs": 2 }.',
      cause,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw expected('invalid_config', 'one object', path, value, {
    remedy: 'For example { "format": "json", "jobs": 2 }.',
  });
}

function parse(option: Option, value: unknown, path: string): unknown {
  const name = `"${option.name()}" in ${path}`;
  if (!option.required) {
    // A switch `--no-x` sets the option x to false.
    if (typeof value === 'boolean') return option.negate ? !value : value;
    throw expected('invalid_config', 'true or false', name, value);
  }
  const items = Array.isArray(value) ? value : [value];
  if (!items.every((item) => typeof item === 'string' || typeof item === 'number'))
    throw expected('invalid_config', 'a text, a number or a list of them', name, value);
  const text = items.join(',');
  return option.parseArg ? option.parseArg(text, undefined) : text;
}
