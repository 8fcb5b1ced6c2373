import { execFile, execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { describeUnless } from '../needs.ts';
import { CLI, hashformer, temporaryFolder } from './run.ts';

const at = await temporaryFolder();

/** util-linux' script gives a program a terminal of its own. */
function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

/** What a terminal of 80 columns gets. */
function onTerminal(command: string, env: Record<string, string> = {}): Promise<string> {
  const inner = `stty cols 80 rows 24; exec ${JSON.stringify(process.execPath)} ${JSON.stringify(CLI)} ${command}`;
  const { NO_COLOR: _, ...inherited } = process.env;
  const options = { env: { ...inherited, TERM: 'xterm', ...env } };
  return new Promise((resolve, reject) => {
    const child = execFile('script', ['-qec', inner, '/dev/null'], options, (error, stdout) =>
      error && error.code === undefined ? reject(error) : resolve(stdout.replaceAll('\r\n', '\n')),
    );
    child.stdin!.end();
  });
}

const BOLD = '\u001b[1m';

describe('a table', () => {
  it('is as wide as there is room, and shortens texts', async () => {
    const { stdout } = await hashformer(['classify', '--table', 'x'.repeat(500), 'short'], {
      env: { COLUMNS: '60' },
    });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThan(60);
    expect(lines[0]).toMatch(/^text +label +score$/);
    expect(lines[1]).toMatch(/^x+… +\w+ +0\.\d{4}$/);
  });

  it('lets no text steer the terminal', async () => {
    const { stdout } = await hashformer(['classify', '--table', 'a\u001b[31mb\nc\td\u202ee']);
    expect(stdout.split('\n')[1]).toMatch(/^a\ufffd\[31mb c d\ufffde +/);
  });

  it('keeps one width over all batches', async () => {
    const input = Array.from({ length: 2000 }, (_, i) => `${i}`).join('\n');
    const { stdout } = await hashformer(['hash', '--table'], { input });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(2001);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it('shows the beginning of vectors', async () => {
    const { stdout } = await hashformer(['embed', '--table', 'hello']);
    expect(stdout).toMatch(/^hello +(-?\d\.\d{4} +){4}… 384 numbers$/m);
  });
});

describeUnless(hasScript() ? '' : 'there is no script of util-linux', 'on a terminal', () => {
  it('prints a table, its head in bold', async () => {
    const shown = await onTerminal('classify "a gorgeous, witty, seductive movie"');
    expect(shown).toMatch(/text +label +score/);
    expect(shown).toMatch(/a gorgeous, witty, seductive movie +POSITIVE +0\.\d{4}\n/);
    expect(shown).toContain(BOLD);
    for (const env of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect(await onTerminal('classify hello', env)).not.toContain(BOLD);
    }
  });

  it('refuses to print bytes, and asks for texts', async () => {
    expect(await onTerminal('classify hello --parquet')).toContain('name a file: --output labels.parquet');
    expect(await onTerminal('classify')).toContain('give a text, a file, or pipe texts in.');
  });

  it('shows progress of long work on files, and takes it away', async () => {
    await writeFile(at('long.txt'), 'a fairly long film about nothing much\n'.repeat(8000));
    const shown = await onTerminal(`classify ${at('long.txt')} --output ${at('out.csv')}`);
    expect(shown).toMatch(/\d+% \| [\d,]+ texts \| [\d,]+\/s/);
    expect((await readFile(at('out.csv'), 'utf8')).split('\n')).toHaveLength(8002);
    expect(await onTerminal(`classify hello --output ${at('short.csv')}`)).toBe('');
    const { stderr } = await hashformer(['classify', at('long.txt'), '--output', at('piped.csv')]);
    expect(stderr).toBe('');
  });
});
