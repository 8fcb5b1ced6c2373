// The checklists of ARCHITECTURE.md, "How to add …": every file that one names is there (of a new one, NAME, its folder),
// and it names as many as its heading counts.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, read } from './files.ts';

const PATH = /`((?:assembly|src|test|scripts|models|docs|package\.json)[\w./-]*)`/g;

/** A file that is there, or the folder that a new one comes into. */
const existing = (file: string) =>
  file.includes('NAME') ? dirname(file.slice(0, file.indexOf('NAME') + 4)) : file;

/** The checklists, by what is added: how many files their heading counts, and those that they name. */
const CHECKLISTS = new Map(
  read('ARCHITECTURE.md')
    .split('\n## How to add …\n')[1]!
    .split(/^## /m)[0]!
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [, what, count] = /^(.+): (\d+) files?$/m.exec(section)!;
      const items = section.split('\n').filter((line) => /^- /.test(line));
      const files = new Set(
        items.flatMap((item) => [...item.split(': ')[0]!.matchAll(PATH)].map((match) => match[1]!)),
      );
      return [what!, { count: Number(count), files: [...files] }] as const;
    }),
);

describe.each([...CHECKLISTS])('how to add %s', (_, { count, files }) => {
  it('names files that are there', () => {
    const missing = files.filter((file) => !existsSync(ROOT + existing(file)));
    expect(missing).toEqual([]);
  });

  it('counts them', () => {
    expect(files).toHaveLength(count);
  });
});
