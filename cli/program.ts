/** The command tree of `tarsctl`. Commands load their code when they run, so that help is quick. */

import { Command } from 'commander';
import { createContext, defaultServerUrl, type CliContext, type GlobalOptions } from './context.ts';
import { addAgent } from './commands/agent.ts';
import { addCluster } from './commands/cluster.ts';
import { addMigrateEngine } from './commands/migrate-engine.ts';
import { addBackup } from './commands/backup.ts';
import { addCompletion } from './commands/completion.ts';
import { addController } from './commands/controller.ts';
import { addDescribe } from './commands/describe.ts';
import { addDev } from './commands/dev.ts';
import { addEvents } from './commands/events.ts';
import { addExplain } from './commands/explain.ts';
import { addGet } from './commands/get.ts';
import { addInit } from './commands/init.ts';
import { addLogs } from './commands/logs.ts';
import { addPatch } from './commands/patch.ts';
import { addPlan } from './commands/plan.ts';
import { addRestore } from './commands/restore.ts';
import { addSecret } from './commands/secret.ts';
import { addServer } from './commands/server.ts';
import { addSource } from './commands/source.ts';
import { addStatus } from './commands/status.ts';
import { addValidate } from './commands/validate.ts';
import { addWhy } from './commands/why.ts';
import { readVersion } from './version.ts';

/** A command asks for the context when it runs, after the options are parsed. */
export type ContextSource = () => CliContext;

export function createProgram(env: NodeJS.ProcessEnv): Command {
  const program = new Command('tarsctl')
    .description('GitOps for fleets of services that run as plain processes.')
    .version(readVersion(), '-V, --version')
    .option('-s, --server <url>', `controller to ask (TARSIER_SERVER; ${defaultServerUrl})`)
    .option('-o, --output <format>', 'table, wide, json, yaml, name; text, sarif, github')
    .option('--no-color', 'plain text (also NO_COLOR)')
    .option('--token-file <file>', 'file with the token to show (or TARSIER_TOKEN)')
    .option('--data <folder>', 'data folder of a controller or agent on this machine')
    .showHelpAfterError('(tarsctl help shows the commands)')
    .exitOverride();
  // For everything that writes, errors included.
  program.on('option:no-color', () => (env['NO_COLOR'] = '1'));
  const context: ContextSource = () => createContext(program.opts<GlobalOptions>(), env);

  program.commandsGroup('Start here:');
  addInit(program, context);
  addDev(program);
  program.commandsGroup('Before you commit:');
  addValidate(program, context);
  addPlan(program, context);
  addExplain(program, context);
  addSecret(program, context);
  program.commandsGroup('What is going on:');
  addStatus(program, context);
  addWhy(program, context);
  addGet(program, context);
  addDescribe(program, context);
  addEvents(program, context);
  addLogs(program, context);
  addServer(program, context);
  program.commandsGroup('Packages:');
  addPatch(program, context);
  program.commandsGroup('Servers:');
  addController(program, context);
  addCluster(program, context);
  addMigrateEngine(program, context);
  addAgent(program, context);
  addSource(program, context);
  addBackup(program, context);
  addRestore(program, context);
  program.commandsGroup('Shell:');
  addCompletion(program);
  return program;
}
