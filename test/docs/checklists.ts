import { read } from './files.ts';

const PATH = /`((?:assembly|src|test|scripts|models|docs|package\.json)[\w./-]*)`/g;

/** The checklists of ARCHITECTURE.md, "How to add …": how many files a heading counts, and those that its list names. */
export const CHECKLISTS = new Map(
  read('ARCHITECTURE.md')
    .split('\n## How to add …\n')[1]!
    .split(/^## /m)[0]!
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [, what, count] = /^(.+): (\d+) files?$/m.exec(section)!;
      const items = section.split('\n').filter((line) => /^- /.test(line));
      const files = items.flatMap((item) =>
        [...item.split(': ')[0]!.matchAll(PATH)].map((match) => match[1]!),
      );
      return [what!, { count: Number(count), files: [...new Set(files)] }] as const;
    }),
);
