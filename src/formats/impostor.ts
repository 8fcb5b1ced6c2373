import { HashformerError } from '../errors.ts';

/** What a file that is no weight file is instead, from its first bytes. */
export function impostor(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (head.startsWith('version https://git-lfs'))
    return 'a git-lfs pointer (`git lfs pull` fetches the file)';
  return head[0] === '<' ? 'an HTML or XML page' : head[0] === '{' ? 'a JSON text' : undefined;
}

/** The error of a file that could not be read, with a word on what the file is instead where its bytes tell. */
export function explain(error: HashformerError, bytes: Uint8Array, name: string): HashformerError {
  const found = impostor(bytes);
  if (found === undefined) return error;
  return new HashformerError('weights', `${name} is ${found}, not weights; download the file itself.`, {
    cause: error,
  });
}
