/** Waits for the operator's or the supervisor's wish to stop. */

/** Resolves on SIGINT, SIGTERM, or when the terminal closes; a second SIGINT ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (asked && signal === 'SIGINT') process.exit(130);
      asked = true;
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', (signal) => {
      ignoreOutput();
      onSignal(signal);
    });
  });
}

/** Nobody reads any more: a failed write must not keep the process from stopping what it started. */
function ignoreOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error');
    stream.on('error', () => undefined);
  }
}
