import type { Server } from '../../src/server/server.ts';

/** A request with a JSON body. */
export function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
) {
  return new Request(`http://localhost${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
    ...(signal === undefined ? {} : { signal }),
  });
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  body: any;
}

/** Asks a server without a network. */
export async function ask(
  server: Pick<Server, 'fetch'>,
  request: Request | string,
  env?: object,
): Promise<Answer> {
  const given = typeof request === 'string' ? new Request(`http://localhost${request}`) : request;
  const response = await server.fetch(given, env);
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('application/json');
  return {
    status: response.status,
    headers: response.headers,
    body: !json ? text : text === '' ? null : JSON.parse(text),
  };
}

/** The value of a metric in what /metrics says. */
export function metric(text: string, name: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no ${name} in ${text}`);
  return Number(line.slice(name.length + 1));
}
