// Which files of the repository are pages of the site, and where their links lead there.

import { readdirSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Pages in the order of the side bar: heading, then the files under it. */
export const SECTIONS = [
  ['Start', ['README.md', 'docs/playground.md']],
  [
    'Use',
    [
      'docs/pipelines.md',
      'docs/api.md',
      'docs/command-line.md',
      'docs/server.md',
      'docs/runtimes.md',
      'docs/es5.md',
    ],
  ],
  ['Train', ['docs/training.md', 'docs/pretraining.md', 'docs/distillation.md', 'docs/training-results.md']],
  [
    'Models',
    [
      'docs/models.md',
      'docs/formats.md',
      'docs/configuration.md',
      'models/sentiment/README.md',
      'models/sentence/README.md',
    ],
  ],
  ['Numbers', ['docs/performance.md', 'docs/determinism.md']],
  ['Templates', ['templates/README.md', ...readmes('templates')]],
  [
    'Take part',
    [
      'CONTRIBUTING.md',
      'ARCHITECTURE.md',
      'docs/testing.md',
      'docs/tuning.md',
      'docs/abi.md',
      'CHANGELOG.md',
      'SECURITY.md',
    ],
  ],
];

function readmes(folder) {
  return readdirSync(`${ROOT}${folder}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}/README.md`);
}

/** `docs/pipelines.md` → `pipelines.md`, `models/sentence/README.md` → `models/sentence.md`. */
export function siteName(file) {
  if (file === 'README.md') return 'index.md';
  return file
    .replace(/^docs\//, '')
    .replace(/\/README\.md$/, file === 'templates/README.md' ? '/index.md' : '.md')
    .toLowerCase();
}

/** Every page: from its file in the repository to its file in the site. */
export const PAGES = new Map(SECTIONS.flatMap(([, files]) => files).map((file) => [file, siteName(file)]));
const SOURCES = new Map([...PAGES].map(([file, page]) => [page, file]));

/**
 * Where a link of a page leads in the site: a page to a page, other files of the repository to `repository`.
 *
 * @param page the page's file in the site
 * @param href as the file in the repository has it
 */
export function siteLink(page, href, repository) {
  const source = SOURCES.get(page);
  if (source === undefined || href.startsWith('#') || /^[a-z]+:/.test(href)) return href;
  const [path, anchor] = href.split('#');
  const file = posix.join(dirname(source), path).replace(/\/$/, '');
  const target = PAGES.get(file) ?? PAGES.get(`${file}/README.md`);
  if (target === undefined) return `${repository}/blob/main/${file}`;
  return `/${target}${anchor === undefined ? '' : `#${anchor}`}`;
}
