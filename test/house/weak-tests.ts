// What makes a test green without proving anything, or red without a fault, found in its syntax.

import ts from 'typescript';

export interface Finding {
  readonly line: number;
  readonly message: string;
}

const CLOCKS = /\b(performance\.now|Date\.now|process\.hrtime)\b/;
const ENDS = /\.(kill|abort|dispose|destroy|close)\(/;

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

const isFunction = (node: ts.Node): node is ts.ArrowFunction | ts.FunctionExpression =>
  ts.isArrowFunction(node) || ts.isFunctionExpression(node);

/** The nearest node above that is of a kind, up to a limit. */
function above(node: ts.Node, is: (node: ts.Node) => boolean, limit?: ts.Node): ts.Node | undefined {
  for (let at = node.parent; at !== undefined && at !== limit; at = at.parent) if (is(at)) return at;
  return undefined;
}

/** A loop that may wait for something; a loop over a list does not. */
const isWaiting = (node: ts.Node) =>
  ts.isForStatement(node) || ts.isWhileStatement(node) || ts.isDoStatement(node);

/** The function of a test: of it(), it.each()(), it.for()(), itUnless(). */
function testOf(call: ts.CallExpression): ts.ArrowFunction | ts.FunctionExpression | undefined {
  return /^(it|test)(Unless)?\b/.test(call.expression.getText())
    ? call.arguments.find(isFunction)
    : undefined;
}

/** The delay of a setTimeout() call: whether it is a number that the test was written with. */
const isFixed = (call: ts.CallExpression) =>
  call.arguments[1] !== undefined && /^[\d_]+$/.test(call.arguments[1].getText());

/** Reads one file of tests, or of what tests use. */
export function weaknesses(name: string, text: string): Finding[] {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const findings: Finding[] = [];
  const say = (node: ts.Node, message: string) =>
    findings.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, message });
  const timings = new Set<string>();
  walk(file, (node) => {
    if (ts.isVariableDeclaration(node) && node.initializer && !isFunction(node.initializer)) {
      if (CLOCKS.test(node.initializer.getText())) timings.add(node.name.getText());
    }
  });

  const inTest = (test: ts.ArrowFunction | ts.FunctionExpression) =>
    walk(test.body, (node) => {
      if (ts.isReturnStatement(node) && above(node, ts.isFunctionLike) === test) {
        const last = ts.isBlock(test.body) && test.body.statements.at(-1) === node;
        if (!last)
          say(
            node,
            'a return in the midst of a test makes it green; leave the case out, or skip it in words',
          );
      }
      if (ts.isCatchClause(node)) {
        const statement = node.parent as ts.TryStatement;
        const expects = /\bexpect\(/.test(node.block.getText());
        if (expects)
          say(statement, 'an expect() in a catch may never run; use failure() or rejects.toThrow()');
      }
    });

  walk(file, (node) => {
    if (!ts.isCallExpression(node)) {
      if (ts.isImportDeclaration(node) && node.moduleSpecifier.getText().includes('timers/promises'))
        say(node, 'sleeps for a fixed time; wait for a state that can be seen');
      if (ts.isNewExpression(node) && /Random$/.test(node.expression.getText())) {
        if (CLOCKS.test(node.getText())) say(node, 'a seed of the clock cannot be repeated; use freshSeed()');
      }
      return;
    }
    const callee = node.expression;
    const called = callee.getText();
    const test = testOf(node);
    if (test !== undefined) inTest(test);

    if (/^(it|test|describe)\b.*\.(skip|skipIf|runIf|todo|only|fails)$/s.test(called)) {
      say(node, `${called}: use itUnless() or describeUnless(), which say why`);
    } else if (
      ts.isPropertyAccessExpression(callee) &&
      callee.name.text === 'skip' &&
      node.arguments.length < 2
    ) {
      const [reason] = node.arguments;
      if (reason === undefined || !(ts.isStringLiteral(reason) || ts.isTemplateExpression(reason)))
        say(node, 'a skip gives its reason in words');
    }
    if (called === 'Math.random') say(node, 'Math.random() cannot be repeated; use Random with freshSeed()');
    if (called === 'setTimeout') {
      const [action] = node.arguments;
      const ends = action !== undefined && isFunction(action) && ENDS.test(action.getText());
      if (ends && isFixed(node))
        say(node, 'ends something after a fixed time; wait for a state that can be seen');
      const waits = action !== undefined && ts.isIdentifier(action);
      if (waits && isFixed(node) && above(node, isWaiting) === undefined)
        say(node, 'sleeps for a fixed time; wait for a state that can be seen');
    }
    if (ts.isPropertyAccessExpression(callee)) {
      const matcher = callee.name.text;
      if (/^(toBeTruthy|toBeFalsy)$/.test(matcher))
        say(node, `${matcher}() takes almost anything; say what it is`);
      if (/Snapshot$/.test(matcher))
        say(node, 'a snapshot is what the code said itself; write what is right');
      if (/\.(rejects|resolves)\b/.test(called) && ts.isExpressionStatement(node.parent))
        say(node, 'rejects and resolves must be awaited');
    }
    if (called === 'expect') {
      const chain = above(node, ts.isExpressionStatement) ?? node;
      let matcher: ts.Node = node;
      while (ts.isPropertyAccessExpression(matcher.parent)) matcher = matcher.parent;
      const given = ts.isCallExpression(matcher.parent) ? matcher.parent.arguments : undefined;
      const names = new Set<string>();
      const numbers = [...node.arguments, ...(given ?? [])];
      for (const part of numbers) walk(part, (one) => void (ts.isIdentifier(one) && names.add(one.text)));
      const timed =
        numbers.some((part) => CLOCKS.test(part.getText())) || [...timings].some((one) => names.has(one));
      if (timed) say(chain, 'a timing decides; count what was done instead');
      const [got, expected] = [node.arguments[0]?.getText(), given?.[0]?.getText()];
      if (got !== undefined && got === expected && !got.includes('('))
        say(chain, 'compares a value with itself');
    }
  });
  return findings;
}
