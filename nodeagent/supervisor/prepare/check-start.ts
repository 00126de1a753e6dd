/** Finds out that a revision cannot be started while the one before it still runs. */

import type { InstanceTarget } from '../../../registry/model.ts';
import { renderCommands, renderEnvironment } from './render.ts';
import { startCommand } from './start-command.ts';
import { findUser } from './users.ts';

/** Throws what the start itself would throw; changes nothing. */
export async function checkStart(
  target: InstanceTarget,
  folder: string,
  nodeBinary: string,
): Promise<void> {
  const { content } = target;
  const macros = {
    node: target.node,
    address: '',
    conf: '',
    data: '',
    release: folder,
    ports: new Map(content.servants.map(({ name }) => [name, 0])),
  };
  renderCommands(content, macros, startCommand(content, folder, nodeBinary));
  renderEnvironment(content, macros);
  if (content.user !== undefined) await findUser(content.user, target.service);
}
