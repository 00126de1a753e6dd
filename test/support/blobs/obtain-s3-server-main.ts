/** Builds the S3 store that tests use, with the Go toolchain, unless it is there: some minutes. */

import { obtainS3Server } from './s3-server.ts';

console.log(`The S3 store for tests is ${obtainS3Server()}.`);
