/** Serves the blobs of one member, until it is killed. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openEmbeddedBlobs } from '../../../replica/drivers/embedded/embedded-blobs.ts';
import { serveBlobPeer } from '../../../replica/drivers/replicated/http/serve-blob-peer.ts';

const [, , directory = '', port = '0', token = ''] = process.argv;
const blobs = await openEmbeddedBlobs({ directory });
const server = createServer(serveBlobPeer({ blobs, token }));
server.listen(Number(port), '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => process.exit(0));
