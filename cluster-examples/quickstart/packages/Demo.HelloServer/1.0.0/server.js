// A Tars.js server: its ports come from the configuration file that the node agent writes.
const { server } = require('@tars/rpc');
const { HelloServant } = require('./hello-servant.js');

const application = server.createServer();
application.initialize(process.env.TARS_CONFIG, (hero) => {
  hero.addServant(HelloServant, 'Demo.HelloServer.HelloObj');
});
application.start();
console.log('Demo.HelloServer.HelloObj answers');
