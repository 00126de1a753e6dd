/** `tarsctl completion <shell>`: completion scripts for bash, zsh, fish and PowerShell. */

import attachCompletion from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** Must come after all other commands: it reads their names and options. */
export function addCompletion(program: Command): void {
  attachCompletion(program, { completionCommandName: 'completion' });
}
