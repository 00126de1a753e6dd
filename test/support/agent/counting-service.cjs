// A service that proves things about itself: that it runs once, and that none of its lines is lost.
// usage: node counting-service.cjs NAME LINES_PER_TICK TICK_MS
const { appendFileSync, existsSync, writeSync } = require('node:fs');
const { createServer } = require('node:net');
const { join } = require('node:path');

const [, , name, linesPerTick = '1', tickMs = '10'] = process.argv;
const data = process.env.TARSIER_DATA_DIR;
const note = (line) => appendFileSync(join(data, 'notes'), `${line}\n`);
note(`start ${process.pid} ${process.env.TARSIER_RUN}`);

// The kernel lets one process at a time have this name, and frees it when that process ends.
const lock = createServer().listen(`\0tarsier-test-${data}-${name}`);
lock.on('error', () => {
  note(`double ${process.pid}`);
  process.exit(99);
});
lock.on('listening', () => {
  let count = 0;
  setInterval(() => {
    for (let i = 0; i < Number(linesPerTick); i += 1) {
      count += 1;
      writeSync(1, `${name} ${process.pid} line ${count}\n`);
    }
    if (existsSync(join(data, 'exit-7'))) process.exit(7);
  }, Number(tickMs));
});
process.on('SIGTERM', () => setTimeout(() => process.exit(0), Math.random() * 50));
