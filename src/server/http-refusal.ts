import type { HashformerError } from '../errors.ts';

const NAME: HashformerError['name'] = 'HashformerError';

/** What a request is answered with instead of a result, in the shape of OpenAI's errors. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** The field of the body that is to blame. */
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    { param = null, headers = {}, cause }: RefusalDetails = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.param = param;
    this.headers = headers;
  }

  get body(): { error: { message: string; type: string; param: string | null; code: string } } {
    const type =
      this.status === 401
        ? 'authentication_error'
        : this.status < 500
          ? 'invalid_request_error'
          : 'server_error';
    return { error: { message: this.message, type, param: this.param, code: this.code } };
  }
}

export interface RefusalDetails {
  param?: string | null;
  headers?: Record<string, string>;
  /** What the log says: an error that is nothing to tell a client about. */
  cause?: unknown;
}

/** Wrong input: 400, naming the field. */
export function invalid(param: string, message: string): Refusal {
  return new Refusal(400, 'invalid_value', message, { param });
}

/** Too much input: 413. */
export function tooLarge(message: string, param?: string): Refusal {
  return new Refusal(413, 'too_large', message, param === undefined ? {} : { param });
}

/** No room now: 503, with when to come back. */
export function overloaded(message: string): Refusal {
  return new Refusal(503, 'overloaded', message, { headers: { 'retry-after': '1' } });
}

/**
 * The refusal that an error becomes. Told by its name: models of `hashformer/core` throw errors of another class.
 * What is not the client's doing is left to the log.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { name, code, message } = Object(error) as Partial<HashformerError>;
  if (name === NAME) {
    if (code === 'missing') return new Refusal(400, 'unsupported_model', message!, { param: 'model' });
    if (code === 'argument') return new Refusal(400, 'invalid_value', message!);
    if (code === 'memory') return overloaded('The server has no memory left for this request.');
  }
  return new Refusal(500, 'internal_error', 'The server failed to answer; its log says why.', {
    cause: error,
  });
}

/** What the log says of an error: never what a text could be part of. */
export function causeOf({ cause }: Refusal): string | undefined {
  if (cause === undefined) return undefined;
  const { name, code, message, stack } = Object(cause) as Partial<HashformerError>;
  if (name === NAME && code !== 'argument') return `${code}: ${message}`;
  const frames = (stack ?? '').split('\n').filter((line) => /^\s+at |^\S*@/.test(line));
  return [name ?? 'an error', ...frames.map((line) => line.trim())].join(' ');
}
