// The site: pages that scripts/docs.mjs has copied out of the repository, and the API as TypeDoc writes it.

import { existsSync, readFileSync } from 'node:fs';
import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { ROOT, SECTIONS, siteLink, siteName } from '../pages.mjs';

const { description, repository } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const home = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
const pages = `${ROOT}website/.cache/pages`;

/** What a page's first heading says. */
function title(file) {
  if (file === 'README.md') return 'What it is';
  return /^# (.+)$/m.exec(readFileSync(`${ROOT}${file}`, 'utf8'))[1];
}

function sidebar() {
  const sections = SECTIONS.map(([text, files]) => ({
    text,
    items: files.map((file) => ({
      text: title(file),
      link: `/${siteName(file).replace(/(index)?\.md$/, '')}`,
    })),
  }));
  const api = `${pages}/reference/typedoc-sidebar.json`;
  const items = existsSync(api) ? JSON.parse(readFileSync(api, 'utf8')) : [];
  return [...sections, { text: 'API', link: '/reference/', collapsed: true, items }];
}

/** Links between files become links between pages, before VitePress looks whether they are dead. */
function relink(md) {
  md.core.ruler.push('relink', ({ tokens, env }) => {
    for (const { children } of tokens)
      for (const token of children ?? [])
        if (token.type === 'link_open')
          token.attrSet('href', siteLink(env.relativePath, token.attrGet('href'), home));
  });
}

export default defineConfig({
  title: 'hashformer',
  description,
  lang: 'en',
  srcDir: pages,
  outDir: `${ROOT}website/dist`,
  cacheDir: `${ROOT}website/.cache/vitepress`,
  cleanUrls: true,
  // Pages name an address of the machine that they are read on.
  ignoreDeadLinks: 'localhostLinks',
  markdown: {
    // Anchors as GitHub makes them, so that a link holds in both places.
    anchor: { slugify: slug },
    config: relink,
  },
  themeConfig: {
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: 'local' },
    socialLinks: [{ icon: 'github', link: home }],
  },
});
