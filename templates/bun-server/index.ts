import { pipeline } from 'hashformer';

/** Most bytes of a body. The model reads the first 128 tokens of a text. */
const MAX_BYTES = 10_000;

// Loaded once, as the server starts.
const classify = await pipeline('text-classification');

/** The body as text, undefined where it is too long. */
async function read(request: Request): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let body = '';
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return undefined;
    body += decoder.decode(chunk, { stream: true });
  }
  return body + decoder.decode();
}

/** The text of a body, undefined where it has none. */
function textOf(body: string): string | undefined {
  try {
    const { text } = JSON.parse(body);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

function refuse(status: number, error: string, headers?: Record<string, string>): Response {
  return Response.json({ error }, { status, headers });
}

async function respond(request: Request): Promise<Response> {
  if (request.method !== 'POST') return refuse(405, 'Send a POST request.', { allow: 'POST' });
  const body = await read(request);
  if (body === undefined) return refuse(413, `The body must have at most ${MAX_BYTES} bytes.`);
  const text = textOf(body);
  if (text === undefined) return refuse(400, 'The body must be JSON with a text: {"text": "a fine film"}.');
  const [answer] = await classify(text);
  return Response.json(answer);
}

const server = Bun.serve({
  routes: { '/classify': respond },
  fetch: () => refuse(404, 'Send a text to /classify.'),
});
console.log(`Listening on ${server.url}`);
