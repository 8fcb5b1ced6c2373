import { pipeline, useWasm } from 'hashformer/core';
import { config as modelConfig, weights } from 'hashformer/models/sentiment/inlined.js';
import simd from 'hashformer/wasm/simd.wasm?module';

/** Other paths are not touched by this middleware. */
export const config = { matcher: '/classify', runtime: 'edge' };

/** Most bytes of a body. The model reads the first 128 tokens of a text. */
const MAX_BYTES = 10_000;

/** One model and nothing else: a function may take 1 MB (gzip) on the Hobby plan. */
async function load() {
  await useWasm(simd);
  const bytes = Uint8Array.from(atob(weights), (character) => character.charCodeAt(0));
  return pipeline('text-classification', { config: modelConfig, weights: bytes });
}

let loading: ReturnType<typeof load> | undefined;

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

export default async function middleware(request: Request): Promise<Response> {
  if (request.method !== 'POST') return refuse(405, 'Send a POST request.', { allow: 'POST' });
  const body = await read(request);
  if (body === undefined) return refuse(413, `The body must have at most ${MAX_BYTES} bytes.`);
  const text = textOf(body);
  if (text === undefined) return refuse(400, 'The body must be JSON with a text: {"text": "a fine film"}.');
  loading ??= load();
  const classify = await loading;
  const [answer] = await classify(text);
  return Response.json(answer);
}
