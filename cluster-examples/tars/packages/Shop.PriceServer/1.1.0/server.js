// Shop.PriceServer: tells prices. They come from the configuration centre, and follow it while it runs.
const { server } = require('@tars/rpc');
const TarsConfig = require('@tars/config');
const { PriceServant } = require('shop-protocol');

const PRICES = 'prices.conf';
const config = new TarsConfig();
let prices = {};
let place = '';

async function load() {
  const { shop } = await config.loadConfig(PRICES);
  prices = shop.prices;
  place = shop.place;
  console.log(`prices of ${place}: ${JSON.stringify(prices)}`);
}

config.on('configPushed', (file) => {
  if (file === PRICES) load().catch((error) => console.error(`${PRICES} not loaded`, error));
});

class Prices extends PriceServant {
  getPrice(item) {
    return [Number(prices[item] ?? -1), `${place} (1.1.0)`];
  }
}

async function start() {
  await load();
  const application = server.createServer();
  application.initialize(process.env.TARS_CONFIG, (hero) => {
    hero.addServant(Prices, 'Shop.PriceServer.PriceObj');
  });
  application.start();
  console.log('Shop.PriceServer.PriceObj answers');
}

start().catch((error) => {
  console.error(`cannot start without ${PRICES}`, error);
  process.exit(1);
});
