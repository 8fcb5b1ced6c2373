import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tier } from '../../src/runtime/tier.ts';
import { ENTRY } from './entry.ts';

const FLAGS: Record<Tier, string[]> = {
  simd: ['--enable', 'simd'],
  relaxed: ['--enable', 'simd', '--enable', 'relaxed-simd'],
  scalar: ['--disable', 'simd'],
};

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

/** The compiler's arguments, which are those of the package's own modules. */
function compilerArguments(tier: Tier): string[] {
  const { options } = JSON.parse(read('asconfig.json')) as {
    options: { runtime: string; optimizeLevel: number; shrinkLevel: number; use: string[] };
  };
  return [
    ...['assembly/kernels-under-test.ts', '--baseDir', root, '--outFile', 'kernels.wasm', '--config', 'none'],
    ...['--runtime', options.runtime, '--optimizeLevel', String(options.optimizeLevel)],
    ...['--shrinkLevel', String(options.shrinkLevel), '--noAssert', '--use', options.use[0]!],
    ...FLAGS[tier],
  ];
}

/** A digest of everything that the module is made from: sources, arguments, and the compiler's version. */
function fingerprint(args: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([ENTRY, args.filter((arg) => arg !== root)]));
  hash.update(read('node_modules', 'assemblyscript', 'package.json'));
  for (const name of readdirSync(join(root, 'assembly'), { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.ts')) hash.update(`\0${name}\0`).update(read('assembly', name));
  }
  return hash.digest('hex').slice(0, 32);
}

async function compile(args: readonly string[]): Promise<Uint8Array> {
  const { default: asc } = await import('assemblyscript/asc');
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([...args], {
    readFile: (name) => {
      if (name === args[0]) return ENTRY;
      try {
        return read(name);
      } catch {
        return null;
      }
    },
    writeFile: (_, contents) => {
      wasm = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || wasm === undefined) throw new Error(`asc failed: ${stderr}`, { cause: error });
  return wasm;
}

/**
 * Compiles single kernels as the package's own modules are compiled. Each test file wants the same module, and compiling
 * takes seconds: it is kept in .cache/ under a digest of all that it is made from.
 */
export async function compileKernels(tier: Tier): Promise<Uint8Array> {
  const args = compilerArguments(tier);
  const folder = join(root, '.cache', 'kernels');
  const path = join(folder, `${tier}-${fingerprint(args)}.wasm`);
  try {
    return readFileSync(path);
  } catch {
    const wasm = await compile(args);
    mkdirSync(folder, { recursive: true });
    // Another test file may read at the same time: a file of that name is always whole.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, wasm);
    renameSync(draft, path);
    return wasm;
  }
}
