// The interfaces of shop.tars for Tars.js: in short what its code generator writes at length.
/* oxlint-disable no-underscore-dangle -- `_worker` is the name that the TARS library sets. */
const { TarsInputStream, TarsOutputStream } = require('@tars/stream');

const NO_SUCH_FUNCTION = -3;

const writers = {
  int: (stream, tag, value) => stream.writeInt32(tag, value),
  string: (stream, tag, value) => stream.writeString(tag, value),
};
const readers = {
  int: (stream, tag) => stream.readInt32(tag, true, 0),
  string: (stream, tag) => stream.readString(tag, true, ''),
};

/** Tags count from 1 over all parameters; the answer itself has tag 0. */
const interfaces = {
  Price: { getPrice: { in: ['string'], out: ['string'], returns: 'int' } },
  Cart: {
    add: { in: ['string', 'string'], out: ['string'], returns: 'int' },
    total: { in: ['string'], out: [], returns: 'int' },
  },
  Order: { place: { in: ['string', 'string'], out: [], returns: 'string' } },
};

async function answer(servant, method, { current, name, given }) {
  try {
    const [returned, ...outs] = [await servant[name](...given)].flat();
    const output = new TarsOutputStream();
    writers[method.returns](output, 0, returned);
    outs.forEach((value, index) =>
      writers[method.out[index]](output, method.in.length + index + 1, value),
    );
    current.doResponse(output.getBinBuffer());
  } catch (error) {
    current.sendErrorResponse(-99, String(error.message ?? error));
  }
}

/** A class for servers to extend: its methods get the arguments, and return the answer or [answer, ...outs]. */
function servantOf(methods) {
  class Servant {
    initialize() {}
  }
  Servant.prototype.onDispatch = function onDispatch(current, name, buffer) {
    if (name === 'tars_ping') {
      current.doResponse(new TarsOutputStream().getBinBuffer());
      return 0;
    }
    const method = methods[name];
    if (method === undefined) return NO_SUCH_FUNCTION;
    const input = new TarsInputStream(buffer);
    const given = method.in.map((type, index) => readers[type](input, index + 1));
    answer(this, method, { current, name, given });
    return 0;
  };
  return Servant;
}

/** A class for callers: each method resolves to `{ returned, outs }`. */
function proxyOf(methods) {
  class Proxy {
    setTimeout(timeoutMs) {
      this._worker.timeout = timeoutMs;
    }
  }
  for (const [name, method] of Object.entries(methods)) {
    Proxy.prototype[name] = async function call(...given) {
      const body = new TarsOutputStream();
      method.in.forEach((type, index) => writers[type](body, index + 1, given[index]));
      const { response } = await this._worker.tars_invoke(name, body.getBinBuffer(), {});
      const input = new TarsInputStream(response.sBuffer);
      const returned = readers[method.returns](input, 0);
      const outs = method.out.map((type, index) =>
        readers[type](input, method.in.length + index + 1),
      );
      return { returned, outs };
    };
  }
  return Proxy;
}

for (const [name, methods] of Object.entries(interfaces)) {
  exports[`${name}Servant`] = servantOf(methods);
  exports[`${name}Proxy`] = proxyOf(methods);
}
