// Where the bundles of threads lie: two folders below the package, as this file and every bundle of it is.

/** Of worker.ts. */
export const workerAddress = new URL('../../dist/train/worker.js', import.meta.url);
/** Of teacher/worker.ts. */
export const teacherAddress = new URL('../../dist/train/teacher.js', import.meta.url);
