// Replaces what sources use of newer libraries. TypeScript's checker tells what a name means: a declaration in
// lib.es5.d.ts is of ES5, one in another library of TypeScript's is newer, anything else is the sources' own. What is
// newer and in no table becomes a mark, and a mark that is still there when esbuild has dropped what nobody calls is an
// error.

import { basename } from 'node:path';
import ts from 'typescript';
import {
  ARRAYS_AT_RUN_TIME,
  CLASS_OF,
  CLASSES,
  METHODS,
  NOT_OF_ES5,
  OF_EVERY_LIST,
  OF_PLAIN_ARRAYS,
  STATICS,
} from './es5-table.mjs';

/** @typedef {{ text: string, location: import('esbuild').PartialMessage['location'] }} Problem */

const MARK = 'es5_lacks_';
const LIBRARIES = ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'];
/** Types whose methods are worth knowing by name where the checker does not know the receiver. */
const COMMON_TYPES = new Set(['Array', 'Map', 'Object', 'Set', 'String', 'Uint8Array']);

/** @param {string} root */
function compilerOptions(root) {
  const { config } = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  return {
    ...options,
    allowJs: false,
    checkJs: false,
    lib: LIBRARIES,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: false,
    rewriteRelativeImportExtensions: false,
    rootDir: undefined,
    types: [],
  };
}

/** Sources below one entry as JavaScript without newer libraries. */
export class Es5Library {
  #program;
  #checker;
  #library;
  /** @type {Problem[]} */
  #problems = [];
  /** Names of methods that ES5 lacks, for receivers that may be anything. */
  #newerNames = new Set(Object.values(METHODS).flatMap(Object.keys));

  /**
   * @param {string} root of the repository
   * @param {readonly string[]} entries paths of sources that reach all others by their imports
   * @param {string} library path of the source of the replacements
   */
  constructor(root, entries, library) {
    this.#program = ts.createProgram([...entries, library], compilerOptions(root));
    this.#checker = this.#program.getTypeChecker();
    this.#library = library;
    for (const file of this.#program.getSourceFiles()) {
      if (!this.#isLibrary(file) || isEs5(file) || !basename(file.fileName).startsWith('lib.es20')) continue;
      for (const statement of file.statements) {
        if (!ts.isInterfaceDeclaration(statement) || !COMMON_TYPES.has(statement.name.text)) continue;
        for (const { name } of statement.members) {
          if (name !== undefined && ts.isIdentifier(name)) this.#newerNames.add(name.text);
        }
      }
    }
    for (const common of ['has', 'get', 'set', 'add', 'delete', 'size', 'keys', 'values', 'constructor']) {
      // Too common in what is the sources' own.
      this.#newerNames.delete(common);
    }
  }

  /** @param {ts.SourceFile} file */
  #isLibrary(file) {
    return this.#program.isSourceFileDefaultLibrary(file);
  }

  /**
   * A source file as JavaScript.
   *
   * @param {string} path
   * @returns {string}
   */
  transform(path) {
    const file = this.#program.getSourceFile(path);
    if (file === undefined) throw new Error(`${path} is not reached from the entry by its imports.`);
    /** @type {Set<string>} */
    const used = new Set();
    let text = '';
    this.#program.emit(
      file,
      (_, written) => {
        text = written;
      },
      undefined,
      false,
      { before: [(context) => (source) => this.#visitFile(source, context, used)] },
    );
    const names = [...used].map((name) => `${name} as es5_${name}`);
    return names.length === 0
      ? text
      : `import { ${names.join(', ')} } from ${JSON.stringify(this.#library)};\n${text}`;
  }

  /**
   * What of newer libraries is left in the bundle that was made of the sources.
   *
   * @param {string} bundle
   * @returns {Problem[]}
   */
  problems(bundle) {
    const left = new Set([...bundle.matchAll(new RegExp(`${MARK}(\\d+)`, 'g'))].map(([, at]) => Number(at)));
    return this.#problems.filter((_, i) => left.has(i));
  }

  /**
   * @param {ts.SourceFile} source
   * @param {ts.TransformationContext} context
   * @param {Set<string>} used
   */
  #visitFile(source, context, used) {
    const checker = this.#checker;
    const factory = ts.factory;
    const replaces = source.fileName !== this.#library;

    /** @param {string} name */
    const take = (name) => {
      used.add(name);
      return factory.createIdentifier(`es5_${name}`);
    };
    /**
     * An expression in a mark, which says what it needs.
     *
     * @param {ts.Node} node
     * @param {ts.Expression} visited
     * @param {string} text
     */
    const lacks = (node, visited, text) => {
      const start = node.getStart(source);
      const { line, character } = source.getLineAndCharacterOfPosition(start);
      const lineText = source.text.split('\n')[line] ?? '';
      const id = this.#problems.length;
      const length = Math.min(node.getEnd() - start, lineText.length - character);
      this.#problems.push({
        text: `${text} (scripts/build/es5-table.mjs says what may be used)`,
        location: { file: source.fileName, line: line + 1, column: character, length, lineText },
      });
      const call = factory.createCallExpression(factory.createIdentifier(`${MARK}${id}`), undefined, [
        visited,
      ]);
      return ts.addSyntheticLeadingComment(call, ts.SyntaxKind.MultiLineCommentTrivia, '@__PURE__');
    };
    /** @param {ts.Expression} node */
    const visitExpression = (node) => /** @type {ts.Expression} */ (ts.visitNode(node, visit));
    /** @param {ts.NodeArray<ts.Expression> | undefined} list */
    const visitAll = (list) => (list ?? []).map(visitExpression);

    /**
     * Declarations of TypeScript's libraries that a symbol has.
     *
     * @param {ts.Symbol | undefined} symbol
     */
    const libraryDeclarations = (symbol) =>
      (symbol?.declarations ?? []).filter((one) => this.#isLibrary(one.getSourceFile()));

    /** @param {ts.Expression} node @returns {string | undefined} the name of the global that this is */
    const globalOf = (node) => {
      if (!ts.isIdentifier(node)) return undefined;
      const symbol = ts.isShorthandPropertyAssignment(node.parent)
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node);
      if (node.text === 'globalThis') return node.text;
      const isGlobal = libraryDeclarations(symbol).some(isValue);
      return isGlobal ? node.text : undefined;
    };

    /**
     * What is wrong with the arguments of what takes a function's place.
     *
     * @param {string} name of the replacement
     * @param {readonly ts.Expression[]} args the receiver of a method among them
     */
    const wrongArguments = (name, args) => {
      const declaration = this.#replacement(name);
      if (declaration === undefined || !ts.isFunctionDeclaration(declaration)) return undefined;
      const { parameters } = declaration;
      if (args.some(ts.isSpreadElement)) return 'with spread arguments';
      if (args.length > parameters.length) return `with more arguments than ${name}() knows`;
      const needed = parameters.filter(({ questionToken, initializer }) => !questionToken && !initializer);
      if (args.length < needed.length) return `with fewer arguments than ${name}() needs`;
      // A function that counts on more than it is given.
      for (const [i, arg] of args.entries()) {
        const [given] = checker.getTypeAtLocation(arg).getCallSignatures();
        const type = parameters[i]?.type;
        const [wanted] = type === undefined ? [] : checker.getTypeFromTypeNode(type).getCallSignatures();
        if (
          given !== undefined &&
          wanted !== undefined &&
          given.parameters.length > wanted.parameters.length
        ) {
          return `with a function of more arguments than ${name}() gives`;
        }
      }
      if (
        name === 'arrayFrom' &&
        args[0] !== undefined &&
        !this.#isList(checker.getTypeAtLocation(args[0]))
      ) {
        return 'of what is no list';
      }
      return undefined;
    };

    /** @param {ts.NewExpression} node @param {string} name */
    const visitNew = (node, name) => {
      const visited = factory.updateNewExpression(node, node.expression, undefined, visitAll(node.arguments));
      const entry = replaces && Object.hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
      if (entry === undefined) {
        const known = this.#isGlobalOfEs5(checker.getSymbolAtLocation(node.expression), name);
        if (!known && !isGuarded(node.expression)) return lacks(node, visited, `ES5 has no ${name}.`);
        const most = this.#mostArguments(checker.getTypeAtLocation(node.expression).getConstructSignatures());
        if ((node.arguments?.length ?? 0) > most) {
          return lacks(node, visited, `${name} takes at most ${most} arguments in ES5.`);
        }
        return name === 'RegExp' ? (wrongRegExp(node, visited) ?? visited) : visited;
      }
      const [first, ...rest] = node.arguments ?? [];
      if (entry.from === 'nothing') {
        if (first !== undefined)
          return lacks(node, visited, `${entry.by} is made of nothing, not of entries.`);
        const [key] = checker.getTypeArguments(
          /** @type {ts.TypeReference} */ (checker.getTypeAtLocation(node)),
        );
        if (key === undefined || !isStrings(key)) {
          return lacks(node, visited, `${entry.by} holds strings alone; its type must say so.`);
        }
      }
      if (entry.from === 'a length') {
        const isLength =
          first !== undefined &&
          rest.length === 0 &&
          (checker.getTypeAtLocation(first).flags & ts.TypeFlags.NumberLike) !== 0;
        if (!isLength) return lacks(node, visited, `${name} is made of a length alone, not of numbers.`);
      }
      return factory.createNewExpression(take(entry.by), undefined, visitAll(node.arguments));
    };

    /** @param {ts.CallExpression | ts.NewExpression} node @param {ts.Expression} visited */
    const wrongRegExp = (node, visited) => {
      const flags = node.arguments?.[1];
      if (flags === undefined || (ts.isStringLiteral(flags) && /^[gim]*$/.test(flags.text))) return undefined;
      return lacks(node, visited, 'ES5 has no flags of regular expressions but g, i and m.');
    };

    /**
     * What an access to a property needs: nothing, a replacement of its call, or what ES5 lacks.
     *
     * @param {ts.PropertyAccessExpression | ts.ElementAccessExpression} node
     * @returns {{ by?: string, isStatic?: boolean, lacking?: string }}
     */
    const accessed = (node) => {
      const name = nameOf(node);
      if (name === undefined) return {};
      const receiver = checker.getTypeAtLocation(node.expression);
      const symbol = checker.getSymbolAtLocation(
        ts.isPropertyAccessExpression(node) ? node.name : node.argumentExpression,
      );
      if ((receiver.flags & ts.TypeFlags.Any) !== 0) {
        const lacking = `.${name} may be what ES5 lacks: the receiver has no type.`;
        return this.#newerNames.has(name) ? { lacking } : {};
      }
      const declarations = libraryDeclarations(symbol);
      if (declarations.length === 0) return {};
      if (declarations.length < (symbol?.declarations ?? []).length) {
        return this.#newerNames.has(name) ? { lacking: `.${name} is the engine's or the sources' own.` } : {};
      }
      const owners = [...new Set(declarations.map(ownerOf))];
      const global = globalOf(node.expression);
      /** @type {Set<string>} */
      const replacements = new Set();
      for (const owner of owners) {
        const key = `${owner.replace(/Constructor$/, '')}.${name}`;
        const isStatic = global !== undefined && key === `${global}.${name}`;
        if (replaces && isStatic && Object.hasOwn(STATICS, key)) return { by: STATICS[key], isStatic: true };
        const method = replaces && Object.hasOwn(METHODS, owner) ? METHODS[owner]?.[name] : undefined;
        if (method !== undefined) replacements.add(method);
        else if (this.#isMember(owner, name, declarations, replaces)) replacements.add('');
        else return { lacking: `ES5 has no ${key}, and the table of replacements does not know it.` };
      }
      if (replacements.size > 1) return { lacking: `.${name} is of ${owners.join(' or ')}, replaced apart.` };
      const [by = ''] = replacements;
      return by === '' ? {} : { by };
    };

    /** @param {ts.CallExpression} node */
    const visitCall = (node) => {
      const callee = ts.isPropertyAccessExpression(node.expression) ? node.expression : undefined;
      const found = callee === undefined ? {} : accessed(callee);
      if (callee === undefined || found.by === undefined) {
        if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
          return lacks(node, factory.createNull(), 'ES5 has no import().');
        }
        const visited = /** @type {ts.CallExpression} */ (ts.visitEachChild(node, visit, context));
        if (globalOf(node.expression) === 'RegExp') return wrongRegExp(node, visited) ?? visited;
        const most = this.#mostArguments(checker.getTypeAtLocation(node.expression).getCallSignatures());
        if (node.arguments.length > most) {
          return lacks(node, visited, `${node.expression.getText()} takes at most ${most} arguments in ES5.`);
        }
        return visited;
      }
      const given = found.isStatic ? [...node.arguments] : [callee.expression, ...node.arguments];
      const wrong =
        node.questionDotToken || callee.questionDotToken || ts.isOptionalChain(node)
          ? 'after ?.'
          : wrongArguments(found.by, given);
      const visited = factory.createCallExpression(take(found.by), undefined, given.map(visitExpression));
      return wrong === undefined ? visited : lacks(node, visited, `${callee.getText()} is used ${wrong}.`);
    };

    /** @param {ts.PropertyAccessExpression | ts.ElementAccessExpression} node */
    const visitAccess = (node) => {
      const { by, isStatic, lacking } = accessed(node);
      if (by !== undefined && isStatic) return take(by);
      const problem = by === undefined ? lacking : `${node.getText()} can only be called.`;
      if (problem === undefined || isGuarded(node)) return ts.visitEachChild(node, visit, context);
      const receiver = lacks(node, visitExpression(node.expression), problem);
      return ts.isPropertyAccessExpression(node)
        ? factory.updatePropertyAccessExpression(node, receiver, node.name)
        : factory.updateElementAccessExpression(node, receiver, visitExpression(node.argumentExpression));
    };

    /** @param {ts.Expression} node @param {ts.Type} type */
    const iterated = (node, type = checker.getTypeAtLocation(node)) =>
      this.#isIterable(type)
        ? visitExpression(node)
        : lacks(
            node,
            visitExpression(node),
            `ES5 goes through arrays alone, not ${checker.typeToString(type)}.`,
          );

    /**
     * What a pattern takes apart must be an array, or have properties that ES5 has.
     *
     * @param {ts.BindingPattern} pattern
     */
    const lackingIn = (pattern) => {
      const type = checker.getTypeAtLocation(pattern);
      if (ts.isArrayBindingPattern(pattern)) {
        return this.#isIterable(type)
          ? undefined
          : `ES5 takes arrays apart, not ${checker.typeToString(type)}.`;
      }
      for (const { propertyName, name } of pattern.elements) {
        const key = propertyName ?? name;
        if (!ts.isIdentifier(key)) continue;
        const declarations = libraryDeclarations(type.getProperty(key.text));
        const known = declarations.every((one) => this.#isMember(ownerOf(one), key.text, [one], replaces));
        if (!known) return `ES5 has no .${key.text} of ${checker.typeToString(type)}.`;
      }
      return undefined;
    };

    /** @param {ts.Node} node @returns {ts.Node} */
    const visit = (node) => {
      if (ts.isHeritageClause(node)) {
        const [type] = node.types;
        const isClass = node.token === ts.SyntaxKind.ExtendsKeyword && ts.isClassLike(node.parent);
        if (!isClass || type === undefined || globalOf(type.expression) === undefined) return node;
        const base = lacks(type, type.expression, 'Classes of ES5 cannot extend what an engine has.');
        return factory.updateHeritageClause(node, [
          factory.updateExpressionWithTypeArguments(type, base, undefined),
        ]);
      }
      if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
        return node;
      if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node;
      if (ts.isTypeOfExpression(node) && isDotted(node.expression)) return node;
      if (ts.isNewExpression(node)) {
        const name = globalOf(node.expression);
        if (name !== undefined) return visitNew(node, name);
      }
      if (ts.isCallExpression(node)) return visitCall(node);
      if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return visitAccess(node);
      if (ts.isForOfStatement(node)) {
        if (node.awaitModifier) {
          return factory.updateForOfStatement(
            node,
            undefined,
            node.initializer,
            lacks(node, visitExpression(node.expression), 'ES5 has no for await.'),
            node.statement,
          );
        }
        return factory.updateForOfStatement(
          node,
          undefined,
          /** @type {ts.ForInitializer} */ (ts.visitNode(node.initializer, visit)),
          iterated(node.expression),
          /** @type {ts.Statement} */ (ts.visitNode(node.statement, visit)),
        );
      }
      if (ts.isSpreadElement(node)) return factory.updateSpreadElement(node, iterated(node.expression));
      if (isAssignmentOfArray(node)) {
        return factory.updateBinaryExpression(
          node,
          visitExpression(node.left),
          node.operatorToken,
          iterated(node.right),
        );
      }
      if (ts.isVariableDeclaration(node) && !ts.isIdentifier(node.name) && node.initializer) {
        const lacking = lackingIn(node.name);
        const initializer = visitExpression(node.initializer);
        return factory.updateVariableDeclaration(
          node,
          /** @type {ts.BindingName} */ (ts.visitNode(node.name, visit)),
          undefined,
          undefined,
          lacking === undefined ? initializer : lacks(node, initializer, lacking),
        );
      }
      if ((ts.isParameter(node) || ts.isBindingElement(node)) && !ts.isIdentifier(node.name)) {
        // Where there is no expression to mark, the mark is the value that is taken for a missing one.
        const lacking = lackingIn(node.name);
        const visited = ts.visitEachChild(node, visit, context);
        if (lacking === undefined) return visited;
        const initializer = lacks(node, visited.initializer ?? factory.createVoidZero(), lacking);
        return ts.isParameter(visited)
          ? factory.updateParameterDeclaration(
              visited,
              visited.modifiers,
              visited.dotDotDotToken,
              visited.name,
              undefined,
              undefined,
              initializer,
            )
          : factory.updateBindingElement(
              visited,
              visited.dotDotDotToken,
              visited.propertyName,
              visited.name,
              initializer,
            );
      }
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf('/');
        const newer = /[^gim]/.test(node.text.slice(end + 1)) || /\(\?<|\\p\{/i.test(node.text.slice(0, end));
        return newer ? lacks(node, node, `ES5 does not know the regular expression ${node.text}.`) : node;
      }
      if (ts.isBigIntLiteral(node) || ts.isMetaProperty(node)) {
        return lacks(node, factory.createNull(), `ES5 has no ${node.getText()}.`);
      }
      if (ts.isAwaitExpression(node) || ts.isYieldExpression(node)) {
        const value = node.expression ? visitExpression(node.expression) : factory.createNull();
        return lacks(node, value, 'ES5 has neither async functions nor generators.');
      }
      if (ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node.parent)) {
        const name = globalOf(node);
        if (name === undefined || this.#isGlobalOfEs5(checker.getSymbolAtLocation(node), name)) return node;
        if (isGuarded(node)) return node;
        const marked = lacks(node, factory.createIdentifier(name), `ES5 has no ${name}.`);
        return ts.isShorthandPropertyAssignment(node.parent) ? node : marked;
      }
      if (ts.isShorthandPropertyAssignment(node)) {
        const name = globalOf(node.name);
        const symbol = checker.getShorthandAssignmentValueSymbol(node);
        if (name === undefined || this.#isGlobalOfEs5(symbol, name)) return node;
        return factory.createPropertyAssignment(name, lacks(node, node.name, `ES5 has no ${name}.`));
      }
      return ts.visitEachChild(node, visit, context);
    };
    return ts.visitEachChild(source, visit, context);
  }

  /** @param {string} name @returns {ts.Declaration | undefined} of src/js/library.ts */
  #replacement(name) {
    const file = this.#program.getSourceFile(this.#library);
    const symbol = file && this.#checker.getSymbolAtLocation(file);
    const exported = symbol && this.#checker.getExportsOfModule(symbol).find((one) => one.name === name);
    if (exported === undefined) throw new Error(`${this.#library} has no ${name}, which the table names.`);
    return exported.declarations?.[0];
  }

  /**
   * Whether a member of a type is there in every engine, the type's replacement included.
   *
   * @param {string} owner name of the type
   * @param {string} name
   * @param {readonly ts.Declaration[]} declarations
   * @param {boolean} replaces
   */
  #isMember(owner, name, declarations, replaces) {
    const type = CLASS_OF[owner] ?? owner;
    if (OF_EVERY_LIST.has(name) && NOT_OF_ES5.has(type)) return true;
    if (replaces && OF_PLAIN_ARRAYS[type]?.has(name)) return true;
    const entry = replaces && Object.hasOwn(CLASSES, type) ? CLASSES[type] : undefined;
    if (entry !== undefined) {
      const declaration = this.#replacement(entry.by);
      return (
        declaration !== undefined &&
        ts.isClassDeclaration(declaration) &&
        declaration.members.some((member) => member.name?.getText() === name && !isPrivate(member))
      );
    }
    if (NOT_OF_ES5.has(type)) return false;
    return declarations.some((one) => ownerOf(one) === owner && isEs5(one.getSourceFile()));
  }

  /** @param {ts.Symbol | undefined} symbol @param {string} name */
  #isGlobalOfEs5(symbol, name) {
    if (NOT_OF_ES5.has(name) || name === 'globalThis') return false;
    return (symbol?.declarations ?? []).some((one) => isValue(one) && isEs5(one.getSourceFile()));
  }

  /**
   * The most arguments that ES5 knows of a function of its own; of any other, any number.
   *
   * @param {readonly ts.Signature[]} signatures
   */
  #mostArguments(signatures) {
    const declarations = signatures.map((one) => one.getDeclaration());
    const isOwn = (/** @type {ts.SignatureDeclaration | undefined} */ one) =>
      one === undefined || !this.#isLibrary(one.getSourceFile());
    if (declarations.length === 0 || declarations.some(isOwn)) return Number.POSITIVE_INFINITY;
    const known = declarations.filter((one) => isEs5(one.getSourceFile()));
    if (known.length === 0) return Number.POSITIVE_INFINITY;
    return Math.max(
      ...known.map(({ parameters }) =>
        parameters.some(({ dotDotDotToken }) => dotDotDotToken)
          ? Number.POSITIVE_INFINITY
          : parameters.length,
      ),
    );
  }

  /**
   * Whether a loop by index goes through all of a value.
   *
   * @param {ts.Type} type
   * @returns {boolean}
   */
  #isIterable(type) {
    const checker = this.#checker;
    if (type.isUnion()) return type.types.every((one) => this.#isIterable(one));
    if ((type.flags & ts.TypeFlags.TypeParameter) !== 0) {
      const constraint = checker.getBaseConstraintOfType(type);
      return constraint !== undefined && this.#isIterable(constraint);
    }
    if (checker.isArrayType(type) || checker.isTupleType(type)) return true;
    if (type.isIntersection()) return type.types.some((one) => this.#isIterable(one));
    const symbol = type.getSymbol();
    const isLibrary = (symbol?.declarations ?? []).some((one) => this.#isLibrary(one.getSourceFile()));
    return symbol !== undefined && isLibrary && ARRAYS_AT_RUN_TIME.has(symbol.name);
  }

  /**
   * Whether a value has a length and that many elements at run time, and no more to it.
   *
   * @param {ts.Type} type
   */
  #isList(type) {
    if (this.#isIterable(type)) return true;
    const isIterator = this.#checker
      .getPropertiesOfType(type)
      .some(({ escapedName }) => String(escapedName).startsWith('__@iterator'));
    return !isIterator && type.getProperty('length') !== undefined;
  }
}

/** @param {ts.SourceFile} file */
function isEs5(file) {
  return basename(file.fileName) === 'lib.es5.d.ts';
}

/** @param {ts.Declaration} declaration of a global that is there at run time */
function isValue(declaration) {
  return (
    ts.isVariableDeclaration(declaration) ||
    ts.isFunctionDeclaration(declaration) ||
    ts.isModuleDeclaration(declaration) ||
    ts.isClassDeclaration(declaration)
  );
}

/** @param {ts.ClassElement} member */
function isPrivate(member) {
  return (ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Private) !== 0;
}

/** @param {ts.Declaration} declaration @returns {string} the type that it belongs to */
function ownerOf({ parent }) {
  if (ts.isInterfaceDeclaration(parent) || ts.isClassDeclaration(parent)) return parent.name?.text ?? '';
  // A type in braces: `declare var Map: { … }`.
  for (let node = parent; node !== undefined; node = node.parent) {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) return `${node.name.text}Constructor`;
    if (ts.isTypeAliasDeclaration(node) || ts.isInterfaceDeclaration(node)) return node.name.text;
    if (ts.isModuleDeclaration(node)) return node.name.text;
  }
  return '';
}

/** @param {ts.Type} type */
function isStrings(type) {
  const types = type.isUnion() ? type.types : [type];
  return types.every(({ flags }) => (flags & ts.TypeFlags.StringLike) !== 0);
}

/** @param {ts.PropertyAccessExpression | ts.ElementAccessExpression} node */
function nameOf(node) {
  if (ts.isPropertyAccessExpression(node)) return ts.isIdentifier(node.name) ? node.name.text : undefined;
  return ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : undefined;
}

/** @param {ts.Node} node @returns {boolean} */
function isDotted(node) {
  return ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node) && isDotted(node.expression));
}

/** @param {ts.Node} node @returns {node is ts.BinaryExpression} */
function isAssignmentOfArray(node) {
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    ts.isArrayLiteralExpression(node.left)
  );
}

/**
 * Whether something is only done where a condition has asked whether it can be: `typeof x === 'function' && x()`,
 * `x ? x() : …`, `if (typeof x !== 'undefined') …`.
 *
 * @param {ts.Node} node
 */
function isGuarded(node) {
  const text = node.getText();
  for (let child = node, { parent } = node; parent !== undefined; child = parent, parent = parent.parent) {
    const condition =
      ts.isConditionalExpression(parent) && child === parent.whenTrue
        ? parent.condition
        : ts.isIfStatement(parent) && child === parent.thenStatement
          ? parent.expression
          : isAnd(parent) && child === parent.right
            ? parent.left
            : undefined;
    if (condition !== undefined && asks(condition, text)) return true;
  }
  return false;
}

/** @param {ts.Node} node @returns {node is ts.BinaryExpression} */
function isAnd(node) {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
}

/** @param {ts.Expression} condition @param {string} text @returns {boolean} */
function asks(condition, text) {
  if (ts.isParenthesizedExpression(condition)) return asks(condition.expression, text);
  if (isAnd(condition)) return asks(condition.left, text) || asks(condition.right, text);
  const what = condition.getText();
  return (
    what === text ||
    what === `typeof ${text} === 'function'` ||
    what === `typeof ${text} === 'object'` ||
    what === `typeof ${text} !== 'undefined'`
  );
}
