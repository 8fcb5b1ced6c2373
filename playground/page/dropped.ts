// Files of a model, from what was dropped or picked: a folder, several files, or folders in folders.

import type { Folder } from '../protocol.ts';

const CONFIG = 'config.json';

/** A file and where it lies in what was dropped, its name last. */
interface Found {
  readonly path: readonly string[];
  readonly file: File;
}

/** What File System Access knows of handles; TypeScript's DOM types leave the iteration out. */
type DirectoryHandle = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };

async function filesOfHandle(handle: FileSystemHandle, above: readonly string[]): Promise<Found[]> {
  const path = [...above, handle.name];
  if (handle.kind === 'file') return [{ path, file: await (handle as FileSystemFileHandle).getFile() }];
  const found: Found[] = [];
  for await (const inner of (handle as DirectoryHandle).values())
    found.push(...(await filesOfHandle(inner, path)));
  return found;
}

async function filesOfEntry(entry: FileSystemEntry, above: readonly string[]): Promise<Found[]> {
  const path = [...above, entry.name];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Found[] = [];
  for (;;) {
    // A reader gives a folder in pieces, the last of them empty.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return found;
    for (const inner of entries) found.push(...(await filesOfEntry(inner, path)));
  }
}

type Item = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };

/** The files of an item. It must be asked at once: after the event it is empty. */
function filesOfItem(item: Item): Promise<Found[]> {
  const file = item.getAsFile();
  const entry = item.webkitGetAsEntry?.() ?? null;
  // Chromium gives entries of no files to a page that is a file itself, but handles.
  const handle = item.getAsFileSystemHandle?.().catch(() => null) ?? Promise.resolve(null);
  return handle.then((handle) => {
    if (handle !== null) return filesOfHandle(handle, []);
    if (entry !== null) return filesOfEntry(entry, []);
    return file === null ? [] : [{ path: [file.name], file }];
  });
}

/** The folder nearest to the top that has a config.json; else the one at the top. */
function modelFolder(found: readonly Found[]): Folder {
  const byDepth = [...found].sort((a, b) => a.path.length - b.path.length);
  const first = byDepth.find(({ path }) => path.at(-1) === CONFIG) ?? byDepth[0];
  const above = first?.path.slice(0, -1) ?? [];
  const inside = found.filter(({ path }) => path.slice(0, -1).join('/') === above.join('/'));
  return {
    folder: above.join('/') || 'your files',
    files: new Map(inside.map(({ path, file }) => [path.at(-1)!, file])),
  };
}

/** What was dropped. To be called in the event itself. */
export async function droppedFolder(transfer: DataTransfer): Promise<Folder> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  return modelFolder((await Promise.all(items.map(filesOfItem))).flat());
}

/** What was picked with an input of files or of a folder. */
export function pickedFolder(files: Iterable<File>): Folder {
  const found = Array.from(files, (file) => ({
    path: (file.webkitRelativePath || file.name).split('/'),
    file,
  }));
  return modelFolder(found);
}
