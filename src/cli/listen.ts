import type { Server as NodeServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HashformerError } from '../errors.ts';
import { optional } from '../optional.ts';

type Fetch = (request: Request) => Response | Promise<Response>;

/** A server that takes connections. */
export interface Listening {
  readonly port: number;
  /** Takes no more of them; resolves when those that it has are answered. */
  stop(): Promise<void>;
}

interface Where {
  readonly host: string;
  readonly port: number;
}

/** What is used of Deno and Bun, of which this project has no types. */
interface Runtimes {
  Deno?: {
    serve(
      options: { hostname: string; port: number; onListen(): void },
      fetch: Fetch,
    ): { addr: { port: number }; shutdown(): Promise<void> };
  };
  Bun?: {
    serve(options: { hostname: string; port: number; idleTimeout: number; fetch: Fetch }): {
      port: number;
      stop(): Promise<void>;
    };
  };
}

/** Seconds of silence after which Bun ends a connection, 255 being the most: answers may take as long as --timeout. */
const BUN_IDLE_TIMEOUT = 255;

async function listenInNode(fetch: Fetch, { host, port }: Where): Promise<Listening> {
  const { createAdaptorServer } = await optional(
    '@hono/node-server',
    'Serving',
    () => import('@hono/node-server'),
  );
  const server = createAdaptorServer({ fetch }) as NodeServer;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    // Connections without a request are ended by close() itself.
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function refusal(cause: unknown, { host, port }: Where): HashformerError {
  const { code, name, message } = cause as NodeJS.ErrnoException;
  const kind = code ?? name;
  const place = `Port ${port} of ${host}`;
  switch (kind) {
    case 'EADDRINUSE':
    case 'AddrInUse':
      return new HashformerError('source', `${place} is in use; name another with --port.`, { cause });
    case 'EACCES':
    case 'PermissionDenied':
      return new HashformerError(
        'source',
        `${place} may not be opened by this user; name another with --port, from 1024 on.`,
        { cause },
      );
    case 'NotCapable':
      return new HashformerError(
        'source',
        `${place} may not be opened: run Deno with --allow-net=${host}:${port}.`,
        { cause },
      );
    case 'EADDRNOTAVAIL':
    case 'AddrNotAvailable':
    case 'ENOTFOUND':
      return new HashformerError('source', `${host} is no address of this machine; name one with --host.`, {
        cause,
      });
    default:
      return new HashformerError('source', `${place} could not be opened: ${message}`, { cause });
  }
}

/**
 * Answers requests with the HTTP server of Deno, Bun or Node.
 *
 * @param port 0: any that is free
 * @throws HashformerError `source`: the address cannot be opened; `dependency`
 */
export async function listen(fetch: Fetch, where: Where): Promise<Listening> {
  const { host: hostname, port } = where;
  const { Deno, Bun } = globalThis as Runtimes;
  try {
    if (Deno !== undefined) {
      const server = Deno.serve({ hostname, port, onListen: () => undefined }, (request) => fetch(request));
      return { port: server.addr.port, stop: () => server.shutdown() };
    }
    if (Bun !== undefined) {
      const idleTimeout = BUN_IDLE_TIMEOUT;
      const server = Bun.serve({ hostname, port, idleTimeout, fetch: (request) => fetch(request) });
      return { port: server.port, stop: () => server.stop() };
    }
    return await listenInNode(fetch, where);
  } catch (cause) {
    throw cause instanceof HashformerError ? cause : refusal(cause, where);
  }
}
