// A TARS service as its users write one: calls another service by name, loads a configuration file,
// and tells the platform what it does. With LOAD_PER_SECOND it only calls, that often.
const { renameSync, writeFileSync } = require('node:fs');
const { client } = require('@tars/rpc');
const { PriceProxy } = require('shop-protocol');

client.initialize(process.env.TARS_CONFIG);
const callee = client.stringToProxy(PriceProxy, process.env.CALLEE);
const load = Number(process.env.LOAD_PER_SECOND ?? 0);

// What became of the calls, written to a file again and again for the test to read.
const book = { pid: process.pid, calls: 0, failed: 0, reasons: {}, places: {} };
function count(into, key) {
  into[key] = (into[key] ?? 0) + 1;
}
function writeBook() {
  writeFileSync(`${process.env.CALLS_FILE}.new`, JSON.stringify(book));
  renameSync(`${process.env.CALLS_FILE}.new`, process.env.CALLS_FILE);
}
setInterval(writeBook, 100);

async function call() {
  try {
    const { outs } = await callee.getPrice('apple');
    count(book.places, outs[0]);
    return outs[0];
  } catch (error) {
    book.failed += 1;
    count(book.reasons, (error.error ?? error.response?.error ?? error).message);
    return undefined;
  } finally {
    book.calls += 1;
  }
}

async function start() {
  const TarsConfig = require('@tars/config');
  const TarsLogs = require('@tars/logs');
  const { property, POLICY } = require('@tars/monitor');
  const notify = require('@tars/notify');

  const config = new TarsConfig();
  const loadShop = async () => {
    const { shop } = await config.loadConfig('shop.conf');
    console.log(`the currency is ${shop.currency}`);
    notify.report(`[succ] get remote config:shop.conf ${shop.currency}`);
  };
  config.on('configPushed', () => loadShop().catch((error) => console.error(error)));
  await loadShop();
  console.log(`files: ${(await config.loadList()).join()}`);
  const log = new TarsLogs('TarsDate', 'calls', { logTo: TarsLogs.LogTo.Both });
  const calls = property.create('calls', [new POLICY.Count()]);
  notify.notify('calls begin', notify.LEVEL.NOTIFYWARN);
  setInterval(async () => {
    const place = await call();
    calls.report(1);
    if (place !== undefined) log.info(`an apple of ${place}`);
  }, 500);
}

if (load > 0) setInterval(call, 1000 / load);
else {
  start().catch((error) => {
    console.error(error);
    process.exit(1);
  });
}
