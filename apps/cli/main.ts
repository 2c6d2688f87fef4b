/**
 * The command line: finds the subcommand, loads only that one's code, and turns whatever happens into an exit code.
 * Standard output carries results alone; everything meant for people goes to standard error.
 */

import { Command, CommanderError } from 'commander';
import { PocketlensError } from '../../models/base/errors.js';
import { packageVersion } from '../../models/base/paths.js';
import { COMMANDS, loadCommand } from './commands.js';
import { ui } from './ui.js';

/**
 * Runs `pocketlens ARGV...` and returns its exit code (apps/cli/README.md lists them). Never throws.
 * @param argv what follows the program's name.
 */
export async function main(argv: string[]): Promise<number> {
  tolerateClosedPipes();
  // Usage errors are found before the options are known to be parsed.
  ui.configure({ verbose: argv.includes('--verbose'), quiet: argv.includes('--quiet') });
  const name = chosenCommand(argv);
  try {
    const program = createProgram();
    for (const command of COMMANDS) {
      if (command.name === name) (await loadCommand(name)).register(program);
      else program.command(command.name).description(command.summary);
    }
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return finishCommander(error, name);
    return report(error);
  }
}

function createProgram(): Command {
  return new Command('pocketlens')
    .description('Reads text in images with small models that it trained itself.')
    .version(packageVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .option('--quiet', 'no progress and no notes, only errors')
    .option('--verbose', 'say more, and show the stack of errors')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => {} })
    .showHelpAfterError(false)
    .exitOverride()
    .addHelpText('after', '\nRun "pocketlens help COMMAND" for the options of a command.');
}

/** The program's own options take no value, so the first other word is the command. */
function chosenCommand(argv: string[]) {
  const words = argv.filter((word) => !word.startsWith('-'));
  const word = words[0] === 'help' ? words[1] : words[0];
  return COMMANDS.find((command) => command.name === word)?.name;
}

/** Commander ends its run by throwing: after help and version with code 0, else for wrong usage. */
function finishCommander(error: CommanderError, command: string | undefined): number {
  if (error.exitCode === 0) return 0;
  if (error.code === 'commander.help') return new PocketlensError('usage', '').exitCode;
  const text = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const help = `Run "pocketlens ${command ? `${command} ` : ''}--help".`;
  return report(new PocketlensError('usage', /[.?!)]$/.test(text) ? text : `${text}.`, { remedy: help }));
}

/** Prints one line about the failure and returns its exit code. */
function report(error: unknown): number {
  if (error instanceof PocketlensError) {
    ui.error(error.toLine(), error);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  const defect = new PocketlensError('internal', message || 'Something failed without a message.', {
    cause: error,
  });
  const hint = ui.isVerbose ? '' : ' Run it again with --verbose for the stack, and please report it.';
  ui.error(`${defect.toLine()}${hint}`, error);
  return defect.exitCode;
}

let tolerant = false;

/** `pocketlens ocr … | head -1` closes our output early: that ends the run, and is no failure. */
function tolerateClosedPipes(): void {
  if (tolerant) return;
  tolerant = true;
  // Other errors reach who wrote, by `writeTo`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
  });
  // Nobody is there to be told.
  process.stderr.on('error', () => {});
}
