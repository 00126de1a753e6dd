/** Places an order as a caller without an agent does: asks the controller's locator by name, in a set. */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { client } = require('@tars/rpc');
const { OrderProxy } = require('./libraries/shop-protocol');

const usage = 'usage: node cluster-examples/tars/place-order.ts SET USER ITEM [LOCATOR_PORT]';

const [set, user, item, port = '17890'] = process.argv.slice(2);
if (set === undefined || user === undefined || item === undefined) {
  console.error(`${usage}\n  such as: shop.sz.1 alice apple`);
  process.exit(64);
}
client.setProperty('enableset', 'y');
client.setProperty('setdivision', set);
client.setProperty('locator', `tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${port} -t 3000`);
const order = client.stringToProxy(OrderProxy, 'Shop.OrderServer.OrderObj');
order.setTimeout(3000);
try {
  const { returned } = await order.place(user, item);
  console.log(returned);
} catch (error) {
  const answer = (error as { response?: { error?: { message?: string } } }).response;
  console.error(answer?.error?.message ?? error);
  process.exitCode = 1;
}
client.disconnect();
// The library's timers would keep the process for some seconds more.
process.exit();
