/** `tarsctl`: parses the command line, runs one command, and turns errors into words and exit codes. */

import { CommanderError } from 'commander';
import { isTarsierError } from '../errors/tarsier-error.ts';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { styleFor } from './style.ts';

/** Runs `argv` (with node and script in front) and sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  // `tarsctl … | head` closes our output early; that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
  try {
    await createProgram(process.env).parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Prints the error and returns the exit code for it. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed its message already.
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
  const style = styleFor(process.stderr, process.env);
  if (isTarsierError(error)) {
    process.stderr.write(`${style.bad(`error[${error.code}]`)}: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`);
    return error.code === 'USAGE' ? exitCodes.usage : exitCodes.error;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${style.bad('error[DEFECT]')}: ${message}\n`);
  process.stderr.write('  This is a defect of tarsctl. Please report it with the lines below.\n');
  if (error instanceof Error && error.stack !== undefined) {
    process.stderr.write(`${error.stack}\n`);
  }
  return exitCodes.error;
}
