import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every Markdown file that people read, from the repository's root. */
export const FILES = [
  ...['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'].filter((f) =>
    existsSync(ROOT + f),
  ),
].concat(
  ['docs/**/*.md', 'models/*/README.md', 'templates/**/README.md', 'test/**/README.md', '.github/**/*.md']
    .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .filter((file) => !file.includes('node_modules'))
    .sort(),
);

export const read = (file: string): string => readFileSync(`${ROOT}${file}`, 'utf8');
