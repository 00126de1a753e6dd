// A small HTTP server: greets on /, says "ok" on /health.
const { createServer } = require('node:http');
const { readFileSync } = require('node:fs');
const { parseArgs } = require('node:util');

const version = '1.1.0';
const { values } = parseArgs({
  options: { port: { type: 'string' }, config: { type: 'string' } },
});
const { greeting } = JSON.parse(readFileSync(values.config, 'utf8'));

const server = createServer((request, response) => {
  if (request.url === '/health') {
    response.end('ok\n');
    return;
  }
  console.log(`${new Date().toISOString()} ${request.method} ${request.url}`);
  response.end(`${greeting} (version ${version}, pid ${process.pid})\n`);
});
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`listening on 127.0.0.1:${values.port}, version ${version}`);
});
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
