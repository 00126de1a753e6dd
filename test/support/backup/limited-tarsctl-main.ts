/**
 * `tarsctl` for a test of the full disk: a limit of the file size stands for it, which is a signal
 * first, and only a process that handles it sees the failed write. `node … ARGUMENTS OF TARSCTL`.
 */

import { main } from '../../../cli/main.ts';

process.on('SIGXFSZ', () => {});
await main(process.argv);
