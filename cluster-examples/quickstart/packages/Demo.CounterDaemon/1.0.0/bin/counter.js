// Counts and says so, for ever.
let count = 0;
setInterval(
  () => {
    count += 1;
    console.log(`${new Date().toISOString()} count ${count}`);
  },
  Number(process.env.COUNTER_EVERY_MS ?? 1000),
);
