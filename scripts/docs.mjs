// The site of the documentation, in website/dist: pages from Markdown by VitePress, the API by TypeDoc. Both live in
// website/, a package of its own, so that they stay out of the project's install. A dead link fails the build.

import { spawnSync } from 'node:child_process';
import { cp, mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const website = `${root}website`;
const pages = `${website}/.cache/pages`;

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

const changed = (path) =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

if (
  (await changed(`${website}/node_modules/.package-lock.json`)) <
  (await changed(`${website}/package-lock.json`))
)
  run('npm', ['ci', '--no-audit', '--no-fund'], website);

const { PAGES } = await import('../website/pages.mjs');
await rm(pages, { recursive: true, force: true });
for (const [file, page] of PAGES) {
  await mkdir(dirname(`${pages}/${page}`), { recursive: true });
  await cp(`${root}${file}`, `${pages}/${page}`);
}
run('npx', ['--no-install', 'typedoc'], website);
run('npx', ['--no-install', 'vitepress', 'build'], website);
