// What a table has to be read with: machine and versions.

import { readFileSync } from 'node:fs';
import os from 'node:os';

const versionOf = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version;

/** One line: processor, operating system, Node, V8, packages. */
export function machine() {
  const cpus = os.cpus();
  return [
    `${cpus[0]?.model.trim() ?? 'unknown processor'}, ${cpus.length} cores`,
    `${os.type()} ${os.arch()}`,
    `Node ${process.versions.node} (V8 ${process.versions.v8})`,
    `hashformer ${versionOf('../../package.json')}`,
    `onnxruntime-web ${versionOf('../node_modules/onnxruntime-web/package.json')}`,
  ].join(' · ');
}
