// Shop.CartServer: keeps the carts of the users of one set, and asks the nearest PriceServer for prices.
const { server, client } = require('@tars/rpc');
const { CartServant, PriceProxy } = require('shop-protocol');

client.initialize(process.env.TARS_CONFIG);
const price = client.stringToProxy(PriceProxy, 'Shop.PriceServer.PriceObj');
const set = client.configure.get('tars.application.setdivision', 'no set');
const carts = new Map();

class Carts extends CartServant {
  async add(user, item) {
    const { returned: cents } = await price.getPrice(item);
    if (cents < 0) throw new Error(`${item} is not sold`);
    const total = (carts.get(user) ?? 0) + cents;
    carts.set(user, total);
    return [total, set];
  }

  total(user) {
    return carts.get(user) ?? 0;
  }
}

const application = server.createServer();
application.initialize(process.env.TARS_CONFIG, (hero) => {
  hero.addServant(Carts, 'Shop.CartServer.CartObj');
});
application.start();
console.log(`Shop.CartServer.CartObj answers in ${set}`);
