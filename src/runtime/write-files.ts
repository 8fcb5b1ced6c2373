import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from './failure.ts';

/** How a file ends that is being written, behind its name. */
const PART = /\.\d+-\d+\.part$/;

/** Makes the names of files that are being written differ. */
let writes = 0;

async function writeFile(path: string, bytes: Uint8Array, durable: boolean): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(bytes);
    if (durable) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until the names in a folder are on the disk; Windows knows no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes files into a folder, which is made. All are written before the first takes another's place, in the order of
 * the map, so that a full disk destroys nothing; each appears whole or not at all.
 *
 * @param durable to survive a loss of power too: everything is on the disk before the last file gets its name, and the
 *   last name before this returns
 * @throws HashformerError `source`
 */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
  durable = false,
): Promise<void> {
  const suffix = `${process.pid}-${++writes}.part`;
  const parts = new Map<string, string>();
  let path = folder;
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, bytes] of files) {
      path = join(folder, name);
      parts.set(`${path}.${suffix}`, path);
      await writeFile(`${path}.${suffix}`, bytes, durable);
    }
    const last = path;
    for (const [part, whole] of parts) {
      path = whole;
      if (durable && path === last) await syncFolder(folder);
      await rename(part, whole);
    }
    if (durable) await syncFolder(folder);
  } catch (cause) {
    await Promise.all([...parts.keys()].map((part) => rm(part, { force: true }).catch(() => undefined)));
    throw failure(path, 'written', cause);
  }
}

/** Removes what a process that was killed was writing. */
export async function removeParts(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names.filter((name) => PART.test(name)).map((name) => rm(join(folder, name), { force: true })),
  );
}
