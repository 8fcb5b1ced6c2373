// Links of the documentation lead somewhere: files that are there, headings that are there, addresses that are well
// formed (there is no network in a test). The site asks the same of its pages again.

import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';
import { expect, it } from 'vitest';
import { FILES, ROOT, read } from './files.ts';

const markdown = new MarkdownIt({ html: true });

/** Anchors that GitHub, and the site, give the headings of a file. */
function anchorsOf(file: string): Set<string> {
  const slugger = new GithubSlugger();
  const tokens = markdown.parse(read(file), {});
  const headings = tokens.filter((_, i) => tokens[i - 1]?.type === 'heading_open');
  return new Set(
    headings.map(({ children }) => slugger.slug((children ?? []).map(({ content }) => content).join(''))),
  );
}

function linksOf(file: string): string[] {
  const inline = markdown.parse(read(file), {}).flatMap(({ children }) => children ?? []);
  return inline
    .filter(({ type }) => type === 'link_open' || type === 'image')
    .map((token) => String(token.attrGet('href') ?? token.attrGet('src')));
}

/** What is wrong with a link, or undefined. */
function fault(file: string, href: string): string | undefined {
  if (/^[a-z]+:/.test(href)) {
    if (!URL.canParse(href)) return 'is no address';
    return /^(https:|mailto:)/.test(href) ? undefined : 'is not https';
  }
  const [path, anchor] = href.split('#');
  const target = path === '' ? file : posix.join(posix.dirname(file), path!).replace(/\/$/, '');
  if (target.startsWith('..') || !existsSync(ROOT + target)) return 'leads nowhere';
  if (anchor === undefined) return undefined;
  const page = target.endsWith('.md') ? target : `${target}/README.md`;
  return anchorsOf(page).has(anchor) ? undefined : 'names no heading there';
}

it.each(FILES)('links of %s', (file) => {
  const faults = linksOf(file).flatMap((href) => {
    const wrong = fault(file, href);
    return wrong === undefined ? [] : [`${href} ${wrong}`];
  });
  expect(faults).toEqual([]);
});

it('every page is reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const file of reached)
    for (const href of linksOf(file)) {
      if (/^[a-z]+:/.test(href)) continue;
      const target = posix.join(posix.dirname(file), href.split('#')[0]!).replace(/\/$/, '');
      for (const page of [target, `${target}/README.md`]) if (FILES.includes(page)) reached.add(page);
    }
  const pages = FILES.filter((file) => !file.startsWith('test/') && !file.startsWith('.github/'));
  expect(pages.filter((file) => !reached.has(file))).toEqual([]);
});
