/** Where the bundle of worker.ts lies: two folders below the package, as this file and every bundle of it is. */
export const workerAddress = new URL('../../dist/train/worker.js', import.meta.url);
