// A package registry that holds the tarball under test; for everything else it asks the one that npm uses.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { ROOT } from '../cli/run.ts';

const UPSTREAM = process.env.npm_config_registry ?? 'https://registry.npmjs.org/';

/** What registries say of a package that has one version. */
function packument(tarball: Buffer, address: string) {
  const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  const { name, version } = manifest;
  const digest = (algorithm: string, encoding: 'hex' | 'base64') =>
    createHash(algorithm).update(tarball).digest(encoding);
  const dist = {
    tarball: address,
    shasum: digest('sha1', 'hex'),
    integrity: `sha512-${digest('sha512', 'base64')}`,
  };
  return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } } };
}

async function forward(path: string, response: ServerResponse): Promise<void> {
  const answer = await fetch(new URL(path.slice(1), UPSTREAM));
  const type = answer.headers.get('content-type') ?? 'application/octet-stream';
  response.writeHead(answer.status, { 'content-type': type });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

/**
 * Serves a tarball as the package's latest version while the tests of a file run.
 *
 * @returns the registry's address, which npm, Deno and Bun take from an .npmrc
 */
export async function serveRegistry(path: string): Promise<string> {
  const tarball = readFileSync(path);
  const server = createServer(({ url = '/', method, headers }, response) => {
    if (url === '/hashformer') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(packument(tarball, `http://${headers.host}/hashformer.tgz`)));
    } else if (url === '/hashformer.tgz') response.end(tarball);
    else if (method !== 'GET') response.writeHead(404).end();
    else forward(url, response).catch(() => response.writeHead(502).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
