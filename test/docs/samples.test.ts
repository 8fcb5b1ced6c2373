// Every fenced block of the documentation is run and gives what the page shows, is a file that such a block reads, or
// says why it is not run. A page is one folder and one process, so that a block goes on where the one before it ended.
// UPDATE_DOCS=1 writes into the pages what the blocks give.

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Block, blocksOf } from './blocks.ts';
import { FILES, ROOT, read } from './files.ts';
import { expectations, instrument } from './instrument.ts';
import { REASONS } from './reasons.ts';

const CACHE = join(ROOT, '.cache', 'docs');
const RUNNER = join(ROOT, 'test', 'docs', 'run-page.mjs');
const MODULES = new Set(['js', 'ts', 'mjs']);
/** Languages of blocks that are files if they have a name, and else only shown. */
const DATA = new Set(['csv', 'json', 'jsonl', 'txt', 'bibtex', 'yaml', 'html']);
/** The port that pages write; every run takes one that is free. */
const PORT = '8080';

interface Step {
  kind: 'module' | 'shell' | 'console' | 'terminal' | 'background';
  path?: string;
  commands?: string;
}

interface Given {
  output: string;
  error?: string;
  shown: Record<string, string>;
}

/** A step, and how what it gives is compared with the page. */
interface Planned {
  step: Step;
  block: Block;
  /** What the page shows: text, and where it gets another one in `lines`. */
  shows: {
    wanted: string;
    given: (result: Given) => string;
    update: (lines: string[], text: string) => void;
  }[];
}

const pages = FILES.map((file) => ({ file, blocks: blocksOf(join(ROOT, file)) }));

function freePort(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(String(port)));
    });
  });
}

/** Whether a block is left to something else, with a reason that holds. */
function leftOut({ directives }: Block, where: string): boolean {
  const reason = directives.get('not run');
  if (reason !== undefined) {
    expect(Object.keys(REASONS), `${where}: a reason in reasons.ts`).toContain(reason);
    return true;
  }
  const test = directives.get('tested by');
  if (test === undefined) return false;
  expect(existsSync(join(ROOT, test)), `${where}: ${test} is there`).toBe(true);
  return true;
}

/** An error without the minified line that it stands on. */
const brief = (error: string) =>
  error
    .split('\n')
    .map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line))
    .join('\n');

const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Whether text is what a page shows; `…` stands for anything. */
function matches(shown: string, given: string): boolean {
  const parts = squeeze(shown)
    .split('…')
    .map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*?')}$`).test(squeeze(given));
}

/** The `$ command` lines of a ```console block, each with what is shown under it. */
function dialogue(code: string): { line: number; command: string; shown: string[] }[] {
  const parts: { line: number; command: string; shown: string[] }[] = [];
  for (const [i, line] of code.trimEnd().split('\n').entries()) {
    if (line.startsWith('$ ')) parts.push({ line: i, command: line.slice(2), shown: [] });
    else if (parts.at(-1)?.command.endsWith('\\') && parts.at(-1)!.shown.length === 0)
      parts.at(-1)!.command += `\n${line}`;
    else parts.at(-1)!.shown.push(line);
  }
  return parts;
}

/** Lines of a block of text from a line on, exchanged. */
function exchange(lines: string[], first: number, count: number, text: string): void {
  lines.splice(first, count, ...text.trimEnd().split('\n'));
}

function planModule(block: Block, folder: string, number: number, filled: (code: string) => string): Planned {
  const path = join(folder, block.name ?? `block-${number}.mjs`);
  const code = filled(block.code);
  writeFileSync(path.replace(/\.[mc]?[jt]s$/, '.mjs'), instrument(code, path));
  const shows = expectations(code).map(({ line, text, from, to }) => ({
    wanted: text,
    given: ({ shown }: Given) => shown[line] ?? '',
    update(lines: string[], given: string) {
      const first = lines[block.line + from - 1]!;
      const indent = first.slice(0, first.indexOf('// →'));
      const [head, ...rest] = given.split('\n');
      const under = rest.map((one) => `${indent.replace(/\S.*/, '')}// ${one}`);
      lines.splice(block.line + from - 1, to - from + 1, `${indent}// → ${head}`, ...under);
    },
  }));
  return { step: { kind: 'module', path: path.replace(/\.[mc]?[jt]s$/, '.mjs') }, block, shows };
}

/** The steps of a page; its files are written into the folder. */
function plan(file: string, blocks: Block[], folder: string, port: string): Planned[] {
  const planned: Planned[] = [];
  const filled = (text: string) => text.replaceAll(PORT, port);
  for (const [number, block] of blocks.entries()) {
    const where = `${file}:${block.line}`;
    const setup = block.directives.get('setup');
    if (setup !== undefined)
      planned.push({ step: { kind: 'shell', commands: filled(setup) }, block, shows: [] });
    if (leftOut(block, where)) continue;
    if (MODULES.has(block.language)) planned.push(planModule(block, folder, number, filled));
    else if (block.language === 'console') {
      for (const { line, command, shown } of dialogue(block.code))
        planned.push({
          step: { kind: 'console', commands: filled(command) },
          block,
          shows: [
            {
              wanted: filled(shown.join('\n')),
              given: ({ output }) => output,
              update: (lines, text) =>
                exchange(lines, block.line + line + command.split('\n').length, shown.length, text),
            },
          ],
        });
    } else if (block.language === 'sh') {
      const kind = ['terminal', 'background'].find((one) => block.directives.has(one)) ?? 'shell';
      const { shown } = block;
      const step = { kind, commands: filled(block.code) } as Step;
      const shows =
        shown === undefined
          ? []
          : [shown].map((wanted) => ({
              wanted: filled(wanted),
              given: ({ output }: Given) => output,
              update(lines: string[], text: string) {
                const opening = lines.indexOf('```text', block.line);
                exchange(lines, opening + 1, wanted.trimEnd().split('\n').length, text);
              },
            }));
      planned.push({ step, block, shows });
    } else if (block.name !== undefined) {
      mkdirSync(dirname(join(folder, block.name)), { recursive: true });
      writeFileSync(join(folder, block.name), block.code);
    } else if (block.language === 'json') JSON.parse(block.code);
    else
      expect(DATA, `${where}: a \`\`\`${block.language} block is run, or says why not`).toContain(
        block.language,
      );
  }
  return planned;
}

/** An empty folder in which the package is installed, as far as Node and shells can tell. */
function prepare(file: string): string {
  const folder = join(CACHE, file.replaceAll(/[/.]/g, '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules', 'hashformer'));
  const bin = join(folder, 'node_modules', '.bin', 'hashformer');
  writeFileSync(
    bin,
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'dist', 'cli', 'main.js')}" "$@"\n`,
  );
  chmodSync(bin, 0o755);
  return folder;
}

function runSteps(steps: Step[], folder: string): Promise<Given[]> {
  const at = join(CACHE, `${folder.slice(CACHE.length + 1)}.steps.json`);
  const results = at.replace('.steps.', '.results.');
  writeFileSync(at, JSON.stringify(steps));
  rmSync(results, { force: true });
  const { HASHFORMER_API_KEY: _, ...env } = process.env;
  const child = spawn(process.execPath, [RUNNER, at, results], {
    cwd: folder,
    env: {
      ...env,
      NO_COLOR: '1',
      npm_config_progress: 'false',
      PATH: `${join(folder, 'node_modules', '.bin')}:${dirname(process.execPath)}:${env.PATH}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  return new Promise((resolve, reject) => {
    child.on('close', () => {
      if (existsSync(results)) resolve(JSON.parse(readFileSync(results, 'utf8')));
      else reject(new Error(`The page's process ended early.\n${said}`));
    });
  });
}

beforeAll(() => mkdirSync(CACHE, { recursive: true }));

describe('the blocks of', () => {
  for (const { file, blocks } of pages.filter((page) => page.blocks.length > 0))
    it(file, async (context) => {
      const folder = prepare(file);
      const port = await freePort();
      const planned = plan(file, blocks, folder, port);
      context.skip(planned.length === 0, 'nothing on the page can run here');
      const results = await runSteps(
        planned.map(({ step }) => step),
        folder,
      );
      const wrong: string[] = [];
      const updates: (() => void)[] = [];
      const lines = read(file).split('\n');
      for (const [i, { block, shows }] of planned.entries()) {
        const result = results[i];
        const where = `${file}:${block.line}`;
        if (result === undefined) break;
        if (result.error !== undefined) wrong.push(`${where} fails:\n${brief(result.error)}`);
        const lines_ = new Set(expectations(block.code).map(({ line }) => String(line)));
        for (const [line, text] of Object.entries(result.shown))
          if (!lines_.has(line))
            wrong.push(`${where}, line ${line} prints what the page does not show: ${text}`);
        for (const { wanted, given, update } of shows) {
          const text = given(result).replaceAll(port, PORT);
          if (matches(wanted.replaceAll(port, PORT), text)) continue;
          wrong.push(`${where} shows\n${wanted}\nbut it is\n${text}`);
          updates.unshift(() => update(lines, text));
        }
      }
      if (process.env.UPDATE_DOCS !== undefined && updates.length > 0) {
        for (const update of updates) update();
        writeFileSync(join(ROOT, file), lines.join('\n'));
      }
      expect(wrong.join('\n\n')).toBe('');
    });
});

/** How each kind of samples is checked: JavaScript as an editor does, without null and implicit any. */
const TYPE_CHECKS = [
  { name: 'TypeScript', languages: ['ts'], strict: true },
  { name: 'JavaScript', languages: ['js', 'mjs'], strict: false },
];

it.each(TYPE_CHECKS)('the samples of $name have types', ({ languages, strict }) => {
  const options: ts.CompilerOptions = {
    strict,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: ['node'],
    skipLibCheck: true,
  };
  const origin = new Map<string, string>();
  for (const { file, blocks } of pages)
    for (const [i, { language, directives, code, line }] of blocks.entries()) {
      if (!languages.includes(language) || directives.has('not run') || directives.has('tested by')) continue;
      const path = join(CACHE, 'types', file.replaceAll(/[/.]/g, '-'), `block-${i}.mts`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, code);
      origin.set(path, `${file}:${line}`);
    }
  expect(origin.size).toBeGreaterThan(0);
  const program = ts.createProgram([...origin.keys()], options);
  const wrong = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${origin.get(file?.fileName ?? '') ?? file?.fileName}, line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(wrong.join('\n')).toBe('');
});
