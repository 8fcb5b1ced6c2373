// The checklists of ARCHITECTURE.md hold: every file that one names is there (of a new one, NAME, its folder), it names as
// many as its heading counts, and where a name is added to a list and to nothing else, the compiler asks for it in the
// files of its checklist.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { CHECKLISTS } from './checklists.ts';
import { ROOT, read } from './files.ts';

/** A file that is there, or the folder that a new one comes into. */
const existing = (file: string) =>
  file.includes('NAME') ? dirname(file.slice(0, file.indexOf('NAME') + 4)) : file;

describe.each([...CHECKLISTS])('how to add %s', (_, { count, files }) => {
  it('names files that are there', () => {
    expect(files.filter((file) => !existsSync(ROOT + existing(file)))).toEqual([]);
  });

  it('counts them', () => {
    expect(files).toHaveLength(count);
  });
});

/** Names that are added, each to the one list of its kind: what stands there, and what stands there then. */
const ADDED = [
  { kind: 'a hash', name: 'hash-x', file: 'src/architecture/hashes.ts', before: "'simhash'] as const" },
  { kind: 'a variant', name: 'variant-x', file: 'src/architecture/variants.ts', before: "'vocab'] as const" },
  { kind: 'a pooling', name: 'pooling-x', file: 'src/architecture/poolings.ts', before: "'max'] as const" },
  {
    kind: 'a shipped model',
    name: 'model-x',
    file: 'src/runtime/runtime.ts',
    before: "'sentence'] as const",
  },
  {
    kind: 'an output over a head of its own',
    name: 'output-x',
    file: 'src/architecture/outputs.ts',
    before: "  | { readonly kind: 'logits' }\n",
    after: "  | { readonly kind: 'logits' }\n  | { readonly kind: 'output-x' }\n",
  },
] as const;

describe('a name that is added alone', () => {
  /** Files in which the compiler says that something is missing, by the name that is. */
  const asked = new Map<string, Set<string>>();

  // All at once: a program is checked in seconds, not in no time.
  beforeAll(() => {
    const changed = new Map<string, string>();
    for (const added of ADDED) {
      const text = read(added.file);
      const after = 'after' in added ? added.after : added.before.replace(']', `, '${added.name}']`);
      expect(text, added.file).toContain(added.before);
      changed.set(ROOT + added.file, text.replace(added.before, after));
    }
    const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: ['src'] }, ts.sys, ROOT);
    const { fileNames } = ts.parseJsonConfigFileContent({ ...config, include: ['src'] }, ts.sys, ROOT);
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getSourceFile = (file, target, ...rest) => {
      const text = changed.get(file);
      return text === undefined
        ? getSourceFile(file, target, ...rest)
        : ts.createSourceFile(file, text, target);
    };
    for (const { file, messageText } of ts.createProgram(fileNames, options, host).getSemanticDiagnostics()) {
      const message = ts.flattenDiagnosticMessageText(messageText, ' ');
      for (const { name } of ADDED) {
        const missing = new RegExp(
          `Property '"?${name}"?' is missing|"${name}".*(to type|expected type) 'never'`,
        );
        if (file === undefined || !missing.test(message)) continue;
        asked.set(name, (asked.get(name) ?? new Set()).add(file.fileName.slice(ROOT.length)));
      }
    }
  }, 300_000);

  it.each(ADDED)('$kind is asked for in the files of its checklist', ({ kind, name }) => {
    const { files } = CHECKLISTS.get(kind)!;
    const found = [...(asked.get(name) ?? [])].sort();
    expect(found.length).toBeGreaterThan(1);
    expect(found.filter((file) => !files.includes(file))).toEqual([]);
  });

  it.each(ADDED.filter(({ kind }) => !kind.startsWith('an output')))(
    'every source that $kind touches is asked for',
    ({ kind, name, file: list }) => {
      // The list itself may have nothing but the name.
      const others = (files: Iterable<string>) => [...files].filter((file) => file !== list).sort();
      const sources = CHECKLISTS.get(kind)!.files.filter(
        (file) => /^src\//.test(file) && !file.includes('NAME'),
      );
      expect(others(asked.get(name) ?? [])).toEqual(others(sources));
    },
  );
});
