// The packed tarball, installed into an empty folder as a user does.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { ROOT, temporaryFolder } from '../cli/run.ts';

export interface Installed {
  /** Where it is installed, gone after the tests of the file. */
  readonly folder: string;
  /** The tarball. */
  readonly tarball: string;
  /** What it holds. */
  readonly files: readonly string[];
  /** Installs it anew, with other options of npm's. */
  install(...options: string[]): void;
}

export async function packAndInstall(): Promise<Installed> {
  const at = await temporaryFolder();
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', at()], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  // npm 11 gives a list, later ones an object by name.
  const [info] = Object.values(JSON.parse(packed)) as [{ filename: string; files: { path: string }[] }];
  const install = (...options: string[]) => {
    writeFileSync(at('package.json'), '{"private":true,"type":"module"}');
    const args = ['install', '--omit=dev', '--no-audit', '--no-fund', ...options, at(info.filename)];
    execFileSync('npm', args, { cwd: at(), stdio: 'pipe' });
  };
  install();
  return { folder: at(), tarball: at(info.filename), files: info.files.map(({ path }) => path), install };
}
