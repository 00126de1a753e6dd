// Places an order as a caller without an agent does: asks the controller's locator by name, in a set.
// Plain JavaScript, so that any Node runs it.

import { createRequire } from 'node:module';

// What the library warns of is no news for who places an order.
process.removeAllListeners('warning');
const require = createRequire(import.meta.url);
const { client } = require('@tars/rpc');
const { OrderProxy } = require('./libraries/shop-protocol');

const usage = 'usage: node cluster-examples/tars/place-order.js SET USER ITEM [LOCATOR_PORT]';

const [set, user, item, port = '17890'] = process.argv.slice(2);
if (set === undefined || user === undefined || item === undefined) {
  console.error(`${usage}\n  such as: shop.sz.1 alice apple`);
  process.exit(64);
}
// In this order: the library forgets `enableset` while there is no set.
client.setProperty('setdivision', set);
client.setProperty('enableset', 'y');
client.setProperty('locator', `tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${port} -t 3000`);
const order = client.stringToProxy(OrderProxy, 'Shop.OrderServer.OrderObj');
order.setTimeout(3000);
try {
  const { returned } = await order.place(user, item);
  console.log(returned);
} catch (error) {
  const { response } = error;
  const why = response ? `the server answered with code ${response.iRet}` : error.error?.message;
  console.error(`not placed: ${why ?? error.message}`);
  process.exitCode = 1;
}
client.disconnect();
// The library's timers would keep the process for some seconds more.
process.exit();
