/** Finds out that a revision cannot be started while the one before it still runs. */

import type { InstanceTarget } from '../../../registry/model.ts';
import type { SupervisorContext } from '../context.ts';
import { instanceFolders } from '../instance-folders.ts';
import { openSecrets } from '../secrets/open-secrets.ts';
import { ownStart } from './own-start.ts';
import { isTars, prepareTars } from './prepare-tars.ts';
import { renderCommands, renderEnvironment } from './render.ts';
import { tarsMachine } from './tars-machine.ts';
import { findUser } from './users.ts';

/** Throws what the start itself would throw; changes nothing. */
export async function checkStart(
  target: InstanceTarget,
  folder: string,
  context: SupervisorContext,
): Promise<void> {
  const { content } = target;
  const ports = new Map(content.servants.map(({ name }) => [name, 0]));
  const macros = { node: target.node, address: '', conf: '', data: '', release: folder, ports };
  const start = isTars(content)
    ? prepareTars({
        content,
        node: target.node,
        facts: context.facts(),
        folders: instanceFolders(context.dataDir, target.service),
        releaseFolder: folder,
        ports,
        adminPort: 0,
        secrets: await openSecrets(content, context.openSecret),
        machine: tarsMachine(context),
      }).launch.command
    : ownStart(content);
  renderCommands(content, macros, start);
  renderEnvironment(content, macros);
  if (content.user !== undefined) await findUser(content.user, target.service);
}
