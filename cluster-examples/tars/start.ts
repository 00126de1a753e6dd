/** The shop: three Tars.js services in two data centres on this machine, and what to try with them. */

import { join } from 'node:path';
import type { ExampleFolders } from '../assemble.ts';
import { runExample, type RunningController } from '../run-example.ts';

await runExample({
  name: 'tars',
  author: 'Shop',
  firstCommit: 'Open the shop',
  command: 'npm run example:tars',
  nextSteps,
});

function nextSteps(
  { repository, data }: ExampleFolders,
  { locatorPort = 17_890 }: RunningController,
  tarsctl: string,
): string {
  const port = locatorPort === 17_890 ? '' : ` ${locatorPort}`;
  return `
Place an order in each place, from another terminal, in this folder
  node cluster-examples/tars/place-order.js shop.sz.1 alice apple${port}
  node cluster-examples/tars/place-order.js shop.sh.1 bob pear${port}

Three things to try
  1. Raise a price. It is pushed to the running servers, and nothing restarts.
       sed -i 's/apple=30/apple=35/' ${join(repository, 'configs/files/prices.conf')}
       git -C ${repository} commit -am "Apples are 35"
  2. Release 1.1.0 of the prices, and place orders meanwhile. An order may be lost while the library
     of its caller does not know yet which of the servers is away.
       sed -i 's/"1.0.0"/"1.1.0"/' ${join(repository, 'services/price.yaml')}
       git -C ${repository} commit -am "Release prices 1.1.0"
  3. Ask a running server something.
       ${tarsctl} --token-file ${join(data, 'controller/tokens/publish')} \\
         server notify Shop.PriceServer "tars.viewversion"

Stop everything with Ctrl-C.
`;
}
