// The public API in the shell of JavaScriptCore, WebKit's engine: Debian's libjavascriptcoregtk-4.0-bin, or what JSC names.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ROOT, temporaryFolder } from '../cli/run.ts';
import { recordScenario } from '../digest/record.ts';
import { describeUnless } from '../needs.ts';
import { bundle } from './bundle.ts';
import { scenarioInNode, texts } from './node.ts';

const jsc = process.env.JSC ?? 'jsc';
const installed = spawnSync(jsc, ['-e', '0']).status === 0;
const at = await temporaryFolder();

/** The shell has the language, WebAssembly and atob; what else the package uses is WebKit's, and the test's here. */
const PROGRAM = `
  import { addWebGlobals } from './web-globals.ts';
  import { scenario } from './scenario.ts';
  import * as hashformer from '${ROOT}dist/web/index.js';
  addWebGlobals();
  scenario(hashformer, { texts: JSON.parse(read('texts.json')) }).then(
    (result) => print(JSON.stringify(result)),
    (error) => print(error + '\\n' + error.stack),
  );`;

/** Debian's package of the library: the shell does not tell its version. */
function version(): string {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '$' + '{Version}', 'libjavascriptcoregtk-4.0-bin']);
  return /^[\d.]+/.exec(String(stdout ?? ''))?.[0] ?? '';
}

describeUnless(installed ? '' : 'there is no jsc, and JSC names none', 'JavaScriptCore', () => {
  it('does in its shell what Node does, bit for bit', async () => {
    writeFileSync(at('texts.json'), JSON.stringify(texts));
    writeFileSync(at('program.mjs'), await bundle(PROGRAM));
    const { stdout } = spawnSync(jsc, ['-m', 'program.mjs'], { cwd: at(), encoding: 'utf8' });
    expect(stdout).toMatch(/^\{/);
    const result = JSON.parse(stdout);
    expect(result).toEqual(await scenarioInNode());
    recordScenario(`WebKitGTK's jsc ${version()}`.trim(), 'JavaScriptCore', result);
  }, 600_000);
});
