// The server half of hello.tars: decodes the arguments, calls the method, encodes its answer.
const { TarsInputStream, TarsOutputStream } = require('@tars/stream');

class HelloServant {
  initialize() {}

  sayHello(current, name) {
    console.log(`sayHello ${JSON.stringify(name)}`);
    current.sendResponse(`Hello ${name}, this is pid ${process.pid}`);
  }
}

const prototype = HelloServant.prototype;

prototype.onDispatch = function (current, method, buffer) {
  if (method === 'tars_ping') {
    current.doResponse(new TarsOutputStream().getBinBuffer());
    return 0;
  }
  if (method !== 'sayHello') return -3; // TARSSERVERNOFUNCERR
  const name = new TarsInputStream(buffer).readString(1, true, '');
  current.sendResponse = (answer) => {
    const output = new TarsOutputStream();
    output.writeString(0, answer);
    current.doResponse(output.getBinBuffer());
  };
  this.sayHello(current, name);
  return 0;
};

module.exports = { HelloServant };
