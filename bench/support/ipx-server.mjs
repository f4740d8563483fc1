import { createServer } from 'node:http';
import { createIPX, createIPXNodeServer, ipxFSStorage } from 'ipx';

// A process of its own: `node ipx-server.mjs FOLDER` serves the pictures in a folder with ipx, as it
// comes, and prints its port.

const [, , folder = '.'] = process.argv;
const ipx = createIPX({ storage: ipxFSStorage({ dir: folder }) });
const server = createServer(createIPXNodeServer(ipx)).listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(address.port);
});
