import { HashformerError } from '../errors.ts';

/** Whether a source is an address to fetch rather than a path. */
export function isAddress(source: string): boolean {
  return /^(https?|file|data|blob):/i.test(source);
}

/** The file `name` under the address `folder`; undefined where the server says that there is none. */
export async function fetchFile(
  folder: string,
  name: string,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const base = folder.endsWith('/') ? folder : `${folder}/`;
  let response: Response;
  let address = base + name;
  try {
    address = new URL(name, new URL(base, globalThis.location?.href)).href;
    response = await fetch(address, signal === undefined ? {} : { signal });
    if (response.status === 404) return undefined;
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    if (signal?.aborted)
      throw new HashformerError('aborted', 'The call was aborted by its AbortSignal.', { cause });
    throw new HashformerError('source', `${address} could not be fetched: ${(cause as Error).message}.`, {
      cause,
    });
  }
  throw new HashformerError(
    'source',
    `${address} could not be fetched: the server answered ${response.status}.`,
  );
}

/** What writing comes to where folders are addresses. */
export function refuseToWrite(folder: string): never {
  throw new HashformerError(
    'source',
    `There is no file system here to write "${folder}" to; call save() without a target to get the bytes.`,
  );
}
