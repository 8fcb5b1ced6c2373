import { unknownName } from '../unknown-option.ts';
import { Refusal, tooLarge } from './http-refusal.ts';

/** application/json, also with parameters and as a suffix. */
const JSON_TYPE = /^\s*application\/([\w.-]+\+)?json\s*(;|$)/i;

function checkHeaders({ headers }: Request): void {
  const type = headers.get('content-type');
  if (type === null || !JSON_TYPE.test(type)) {
    throw new Refusal(
      415,
      'unsupported_media_type',
      'The body must be JSON, with the header "Content-Type: application/json".',
    );
  }
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') {
    throw new Refusal(415, 'unsupported_media_type', 'The body must not be compressed.');
  }
}

/** The text of a body, counted as it comes: Content-Length may be missing. */
async function readText(request: Request, most: number, signal: AbortSignal): Promise<string> {
  const refusal = () => tooLarge(`The body has more than ${most} bytes; send fewer texts at a time.`);
  if (Number(request.headers.get('content-length')) > most) throw refusal();
  if (request.body === null) return '';
  const reader = request.body.getReader();
  const cancel = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', cancel);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      if (bytes > most) {
        cancel();
        throw refusal();
      }
      text += decoder.decode(value, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    signal.throwIfAborted();
    cancel();
    throw new Refusal(400, 'invalid_body', 'The body is not UTF-8, or did not come to its end.');
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/**
 * The JSON object that a request brings.
 *
 * @param most bytes
 * @throws Refusal 400, 408, 413, 415; or the signal's reason
 */
export async function readBody(
  request: Request,
  most: number,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  checkHeaders(request);
  const text = await readText(request, most, signal);
  if (signal.aborted) {
    const { status } = signal.reason as Refusal;
    throw status === 504 ? new Refusal(408, 'timeout', 'The body took too long to come.') : signal.reason;
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'invalid_json', 'The body is not JSON.');
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as never;
  throw new Refusal(400, 'invalid_json', 'The body must be a JSON object.');
}

/** @throws Refusal 400: the body has a field that means nothing here */
export function checkFields(body: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
  const param = Object.keys(body).find((name) => !fields.includes(name));
  if (param === undefined) return;
  throw new Refusal(400, 'unknown_parameter', unknownName('field', param, fields), { param });
}
