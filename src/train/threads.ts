// Threads, and where their bundles lie: two folders below the package, as this file and every bundle of it is.

export { Worker } from 'node:worker_threads';

/** Of worker.ts. */
export const workerAddress = new URL('../../dist/train/worker.js', import.meta.url);
/** Of teacher/worker.ts. */
export const teacherAddress = new URL('../../dist/train/teacher.js', import.meta.url);
