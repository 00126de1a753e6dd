// A TARS service as its users write one: tells which of its instances answers.
const { server } = require('@tars/rpc');
const { PriceServant } = require('shop-protocol');

const application = server.createServer();
application.initialize(process.env.TARS_CONFIG);
const get = (key) => application.configure.get(`tars.application.server.${key}`);
const name = `${get('app')}.${get('server')}`;
const place = `${get('nodename')} ${process.env.TARSIER_VERSION}`;

class Prices extends PriceServant {
  getPrice(item) {
    return [item.length, place];
  }
}

application.addServant(Prices, `${name}.PriceObj`);
application.start();
console.log(`${name} answers at ${place}`);
