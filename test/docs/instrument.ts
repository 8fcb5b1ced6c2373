// A sample of JavaScript or TypeScript, so changed that it tells what it shows: `console.log(…)` and the values of
// statements with a comment `// → …` go to `__docs`, with the line that they stand on.

import ts from 'typescript';

/** What a sample says that a line gives. */
export interface Expectation {
  /** Line of the statement, from 1. */
  line: number;
  text: string;
  /** Lines of the comment, first and last, from 1. */
  from: number;
  to: number;
}

const OWN = /^\s*\/\/ → ?(.*)$/;
const TRAILING = /\S.*?\/\/ → ?(.*)$/;
const COMMENT = /^\s*\/\/ ?(.*)$/;

/** All `// → …` of a sample. Comment lines right under one go on with it. */
export function expectations(code: string): Expectation[] {
  const lines = code.split('\n');
  const found: Expectation[] = [];
  for (let i = 0; i < lines.length; i++) {
    const own = OWN.exec(lines[i]!);
    const trailing = own === null ? TRAILING.exec(lines[i]!) : null;
    if (own !== null) {
      const from = i;
      const texts = [own[1]!];
      while (COMMENT.test(lines[i + 1] ?? '')) texts.push(COMMENT.exec(lines[++i]!)![1]!);
      found.push({ line: from, text: texts.join('\n'), from: from + 1, to: i + 1 });
    } else if (trailing !== null) found.push({ line: i + 1, text: trailing[1]!, from: i + 1, to: i + 1 });
  }
  return found;
}

/** The sample as a module that reports to `__docs`, in JavaScript. */
export function instrument(code: string, name: string): string {
  const source = ts.createSourceFile(name, code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
  const wanted = new Set(expectations(code).map(({ line }) => line));
  const edits: { at: number; remove: number; insert: string }[] = [];
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;

  const visit = (node: ts.Node): void => {
    const line = lineOf(node.getEnd());
    if (ts.isCallExpression(node) && node.expression.getText() === 'console.log') {
      const { expression } = node;
      edits.push({
        at: expression.getStart(),
        remove: expression.getWidth(),
        insert: `__docs.log(${line})`,
      });
      wanted.delete(line);
    } else if (
      wanted.has(line) &&
      ts.isExpressionStatement(node) &&
      !node.getText().startsWith('console.log')
    ) {
      edits.push({ at: node.expression.getStart(), remove: 0, insert: `__docs.show(${line}, (` });
      edits.push({ at: node.expression.getEnd(), remove: 0, insert: '))' });
      wanted.delete(line);
    } else if (wanted.has(line) && ts.isVariableStatement(node)) {
      const declaration = node.declarationList.declarations.at(-1)!;
      edits.push({
        at: node.getEnd(),
        remove: 0,
        insert: ` __docs.show(${line}, ${declaration.name.getText()});`,
      });
      wanted.delete(line);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  if (wanted.size > 0) throw new Error(`Nothing in ${name} gives what its lines ${[...wanted]} show.`);

  let text = code;
  for (const { at, remove, insert } of edits.sort((a, b) => b.at - a.at))
    text = text.slice(0, at) + insert + text.slice(at + remove);
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ES2022,
      verbatimModuleSyntax: true,
    },
  });
  return outputText;
}
