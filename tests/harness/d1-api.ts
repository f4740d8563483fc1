import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from 'miniflare';
import { bundleForWorkerd } from './workerd/suite.js';

const ENTRY = fileURLToPath(new URL('../workerd/d1-api.ts', import.meta.url));

/** The Worker of tests/workerd/d1-api.ts, which stands for Cloudflare's API for D1, in front of the database `DB` of its workerd. */
export async function d1ApiWorker() {
  const program = await bundleForWorkerd({
    contents: `export { default } from ${JSON.stringify(ENTRY)};`,
    resolveDir: fileURLToPath(new URL('.', import.meta.url)),
  });
  const token = randomUUID();
  const options: Partial<WorkerOptions> = { d1Databases: ['DB'], bindings: { TOKEN: token } };
  return { program, token, options };
}

/** That API on a port of this machine, with what commands read from the environment. */
export async function startD1Api(
  token: string,
  ask: (path: string, authorization: string, body: string) => Promise<Response>,
) {
  let holding: string | null = null;
  let isHeld = false;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { url = '/', headers } = request;
    const answer = await ask(url, headers.authorization ?? '', body);
    const text = await answer.text();
    if (holding !== null && body.includes(holding)) {
      isHeld = true;
      return;
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json' });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      CLOUDFLARE_API_TOKEN: token,
      CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}/client/v4`,
    },
    /**
     * Does what a request with this text says, but never answers it.
     *
     * @returns whether there was one
     */
    hold(text: string): () => boolean {
      [holding, isHeld] = [text, false];
      return () => {
        if (isHeld) holding = null;
        return isHeld;
      };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
