import { createServer } from 'node:http';
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx';

// `node ipx-server.mjs FOLDER` serves the pictures of a folder with ipx in its default configuration, and prints
// its port.

const [, , folder = '.'] = process.argv;
const ipx = createIPX({ storage: ipxFSStorage({ dir: folder }) });
const server = createServer(createIPXNodeServer(ipx)).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(address.port);
});
