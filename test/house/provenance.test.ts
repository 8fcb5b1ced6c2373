import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const HEAD = '| files | made by | with | licence |';
/** What is written by hand; everything else is data. */
const SOURCE = /\.(ts|js|mjs|py|md)$/;

const filesBelow = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));

interface Row {
  readonly readme: string;
  readonly patterns: readonly string[];
  readonly cells: readonly string[];
}

/** `{a,b}` and `*` in a path, as a regular expression. */
function matcher(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^$()|[\]\\]/g, '\\$&');
  const alternatives = escaped.replace(/\{([^}]*)\}/g, (_, list: string) => `(${list.replaceAll(',', '|')})`);
  return new RegExp(`^${alternatives.replaceAll('*', '[^/]*')}$`);
}

/** The rows of the tables of provenance in one README. */
function rowsOf(readme: string): Row[] {
  const lines = readFileSync(join(root, readme), 'utf8').split('\n');
  const start = lines.indexOf(HEAD);
  if (start === -1) return [];
  const rows: Row[] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    const cells = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim());
    const patterns = [...cells[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => join(dirname(readme), name!));
    rows.push({ readme, patterns, cells });
  }
  return rows;
}

const data = filesBelow('test').filter((file) => !SOURCE.test(file));
const rows = filesBelow('test')
  .filter((file) => file.endsWith('README.md'))
  .flatMap(rowsOf);

it('every file of data in the tests has a README that says what made it, with what, and its licence', () => {
  expect(data.length).toBeGreaterThan(70);
  const known = rows.flatMap(({ patterns }) => patterns.map(matcher));
  expect(data.filter((file) => !known.some((pattern) => pattern.test(file)))).toEqual([]);
});

it('no README tells of what is not there, or leaves a cell empty', () => {
  for (const { readme, patterns, cells } of rows) {
    expect(cells, `${readme}: ${cells[0]}`).toHaveLength(4);
    for (const cell of cells) expect(cell, `${readme}: ${cells[0]}`).not.toBe('');
    expect(patterns.length, `${readme}: ${cells[0]}`).toBeGreaterThan(0);
    for (const pattern of patterns) {
      expect(
        data.some((file) => matcher(pattern).test(file)),
        `${readme}: ${pattern}`,
      ).toBe(true);
    }
    const scripts = [...cells[1]!.matchAll(/`([\w-]+\.(?:py|mjs))[^`]*`/g)].map(([, name]) => name!);
    for (const name of scripts)
      expect(existsSync(join(root, dirname(readme), name)), `${readme}: ${name}`).toBe(true);
  }
});

it('the models that ship say how they were trained, and under which licence they are', () => {
  const names = readdirSync(join(root, 'models'));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    const readme = readFileSync(join(root, 'models', name, 'README.md'), 'utf8');
    expect(readme, name).toMatch(/^## Training$/m);
    expect(readme, name).toMatch(/^## Licence$/m);
  }
});
