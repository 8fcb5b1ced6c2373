// The build in a scratch copy: what was removed or renamed is missed, what has not changed is kept.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../cli/run.ts';
import { emptyFolder } from '../helpers.ts';

const SOURCES = ['src', 'assembly', 'models', 'playground', 'scripts'];

/** A copy of what the build reads, with what the last one here has kept. */
async function scratch(): Promise<string> {
  const folder = await emptyFolder();
  for (const name of [...SOURCES, 'dist/wasm', '.cache/build']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  for (const name of readdirSync(ROOT).filter((file) => /\.json$/.test(file))) {
    cpSync(join(ROOT, name), join(folder, name));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function build(folder: string) {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, stderr };
}

/** keep() of a scratch copy, in a process of its own: it works below its own repository. */
function keep(folder: string, target: string, sources: string[], facts: string[] = []): boolean {
  const program = `
    import { writeFile } from 'node:fs/promises';
    import { keep } from './scripts/build/kept.mjs';
    const what = ${JSON.stringify({ target, sources, facts })};
    console.log(await keep('test', what, (path) => writeFile(path, 'made')));
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return stdout.trim() === 'true';
}

describe('a source that others import', () => {
  it('is missed when it is renamed, though nothing is newer than what was built', async () => {
    const folder = await scratch();
    renameSync(join(folder, 'src/cli/paper.ts'), join(folder, 'src/cli/paper2.ts'));
    const { status, stderr } = build(folder);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/Could not resolve "\.\/paper\.ts"/);
    expect(stderr).not.toMatch(/build: wasm/);
  });

  it('is missed when it is one of wasm and is removed', async () => {
    const folder = await scratch();
    rmSync(join(folder, 'assembly/kernel/gelu.ts'));
    const { status, stderr } = build(folder);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/build: wasm, simd/);
    expect(stderr).toMatch(/gelu/);
  });
});

it('keeps a file while its sources, their names, facts and the file itself are the same', async () => {
  const folder = await emptyFolder();
  mkdirSync(join(folder, 'scripts/build'), { recursive: true });
  for (const name of ['kept.mjs', 'paths.mjs']) {
    cpSync(join(ROOT, 'scripts/build', name), join(folder, 'scripts/build', name));
  }
  mkdirSync(join(folder, 'from/deep'), { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('from/a', '1');
  write('from/deep/b', '2');
  const again = (facts?: string[]) => keep(folder, 'made/file', ['from'], facts);
  expect(again()).toBe(true);
  expect(again()).toBe(false);
  write('from/a', '1');
  expect(again()).toBe(false);
  write('from/a', '3');
  expect([again(), again()]).toEqual([true, false]);
  renameSync(join(folder, 'from/deep/b'), join(folder, 'from/deep/c'));
  expect([again(), again()]).toEqual([true, false]);
  rmSync(join(folder, 'from/deep/c'));
  expect([again(), again()]).toEqual([true, false]);
  expect([again(['2.0']), again(['2.0'])]).toEqual([true, false]);
  write('made/file', 'another');
  expect([again(['2.0']), again(['2.0'])]).toEqual([true, false]);
  rmSync(join(folder, 'made/file'));
  expect(again(['2.0'])).toBe(true);
  expect(readFileSync(join(folder, 'made/file'), 'utf8')).toBe('made');
});
