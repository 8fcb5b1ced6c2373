// Names that the documentation gives without running them: commands and their options, scripts, files, error codes,
// fields of config.json. Each must be one that there is.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import MarkdownIt from 'markdown-it';
import { expect, it } from 'vitest';
import { blocksOf } from './blocks.ts';
import { FILES, ROOT, read } from './files.ts';

const CLI = `${ROOT}dist/cli/main.js`;
const markdown = new MarkdownIt({ html: true });
const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};

/** The words in `code` of a file, and the lines of its commands. */
function codeOf(file: string): string[] {
  const inline = markdown
    .parse(read(file), {})
    .flatMap(({ children }) => children ?? [])
    .filter(({ type }) => type === 'code_inline')
    .map(({ content }) => content);
  const blocks = blocksOf(`${ROOT}${file}`)
    .filter(({ language }) => language === 'sh' || language === 'console')
    .flatMap(({ code }) => code.replaceAll('\\\n', ' ').split('\n'));
  return [...inline, ...blocks];
}

const code = FILES.filter((file) => file !== 'CHANGELOG.md').flatMap((file) =>
  codeOf(file).map((text) => ({ file, text })),
);

const help = (...args: string[]) =>
  execFileSync(process.execPath, [CLI, ...args, '--help'], { encoding: 'utf8' });
const commands = [...help().matchAll(/^ {2}(\w+) {2,}/gm)].map((match) => match[1]!);
const optionsOf = new Map<string, Set<string>>();

/** The options of a command, as its help has them. */
function options(command: string): Set<string> {
  let known = optionsOf.get(command);
  if (known === undefined) {
    known = new Set(
      [...help(command).matchAll(/(?<=^ {2}.*)(--[a-z][\w-]*|(?<=\s)-\w\b)/gm)].map(([name]) => name),
    );
    optionsOf.set(command, known);
  }
  return known;
}

it('commands have the names and the options that pages give them', () => {
  const wrong: string[] = [];
  for (const { file, text } of code)
    for (const [, command, rest] of text.matchAll(/\bhashformer ([a-z]\w*)((?: [^|;&#]*)?)/g)) {
      if (!commands.includes(command!)) wrong.push(`${file}: hashformer ${command}`);
      else
        for (const [option] of rest!.matchAll(/(?<=\s)(--[a-z][\w-]*|-[a-zA-Z])(?=[\s=]|$)/g))
          if (!options(command!).has(option)) wrong.push(`${file}: hashformer ${command} ${option}`);
    }
  expect(wrong).toEqual([]);
});

it('options that stand alone belong to some command', () => {
  const known = new Set([...commands.flatMap((command) => [...options(command)])]);
  const alone = code.filter(
    ({ file, text }) => /^docs\/(command|server|training|pre|dist)/.test(file) && /^--[a-z]/.test(text),
  );
  const wrong = alone
    .map(({ file, text }) => ({ file, option: /^--[\w-]+/.exec(text)![0] }))
    .filter(({ option }) => !known.has(option) && !option.startsWith('--allow-'));
  expect(wrong).toEqual([]);
});

it('scripts of package.json have the names that pages give them', () => {
  const wrong = code.flatMap(({ file, text }) =>
    [...text.matchAll(/\bnpm run ([\w:-]+)/g)]
      .filter(() => !file.startsWith('templates/'))
      .filter(([, name]) => scripts[name!] === undefined)
      .map(([command]) => `${file}: ${command}`),
  );
  expect(wrong).toEqual([]);
});

it('files that pages name in code are there', () => {
  const path = /^(?:src|assembly|test|scripts|bench|models|templates|docs|playground|website)\/[\w./-]*$/;
  const wrong = code
    .filter(({ text }) => path.test(text))
    // A new file, in ARCHITECTURE's checklists.
    .filter(({ text }) => !text.includes('NAME'))
    .filter(({ file, text }) => !existsSync(ROOT + text) && !file.startsWith('templates/'))
    // A function of a file, as profiles name it.
    .filter(({ text }) => !existsSync(`${ROOT}${dirname(text)}.ts`))
    .map(({ file, text }) => `${file}: ${text}`);
  expect(wrong).toEqual([]);
});

/** First cells of the rows of the table under a heading, without their backticks. */
function firstCells(file: string, heading: string): string[] {
  const section = read(file).split(`${heading}\n`)[1]!.split(/^#/m)[0]!;
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]!);
}

it('the table of errors has every code', () => {
  const source = readFileSync(`${ROOT}src/errors.ts`, 'utf8');
  const union = /export type ErrorCode =([^;]+);/.exec(source)![1]!;
  const codes = [...union.matchAll(/'(\w+)'/g)].map((match) => match[1]!);
  expect(codes.length).toBeGreaterThan(5);
  expect(firstCells('docs/api.md', '## Errors').sort()).toEqual(codes.sort());
});
