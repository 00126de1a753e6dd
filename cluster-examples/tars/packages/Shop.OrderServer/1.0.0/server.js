// Shop.OrderServer: takes orders, with the CartServer of its own set; writes a day log, and says that it is open.
const { server, client } = require('@tars/rpc');
const TarsConfig = require('@tars/config');
const TarsLogs = require('@tars/logs');
const notify = require('@tars/notify');
const { OrderServant, CartProxy, PriceProxy } = require('shop-protocol');

client.initialize(process.env.TARS_CONFIG);
const cart = client.stringToProxy(CartProxy, 'Shop.CartServer.CartObj');
const price = client.stringToProxy(PriceProxy, 'Shop.PriceServer.PriceObj');
const log = new TarsLogs('TarsDate', 'orders', { logTo: TarsLogs.LogTo.Both });
const config = new TarsConfig();
let currency = '';

/** The whole application shares this file; each set may say more. */
async function load() {
  const { shop } = await config.loadConfig('shop.conf', { location: config.LOCATION.APP });
  currency = shop.currency;
}

config.on('configPushed', () => load().catch((error) => console.error('shop.conf', error)));

class Orders extends OrderServant {
  async place(user, item) {
    const { outs } = await price.getPrice(item);
    const { returned: total, outs: sets } = await cart.add(user, item);
    const text = `${user} has ${item} from ${outs[0]}, cart of ${sets[0]}: ${(total / 100).toFixed(2)} ${currency}`;
    log.info(text);
    return text;
  }
}

async function start() {
  await load();
  const application = server.createServer();
  application.initialize(process.env.TARS_CONFIG, (hero) => {
    hero.addServant(Orders, 'Shop.OrderServer.OrderObj');
  });
  application.start();
  notify.notify('the shop is open', notify.LEVEL.NOTIFYNORMAL);
  console.log('Shop.OrderServer.OrderObj answers');
}

start().catch((error) => {
  console.error('cannot start without shop.conf', error);
  process.exit(1);
});
