import { cp, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricOf, serve } from '../server/process.ts';
import { CLI, hashformer, linesOf, ROOT, temporaryFolder } from './run.ts';

const at = await temporaryFolder();
const start = (...args: string[]) => serve(process.execPath, [CLI, 'serve', '--port', '0', ...args]);
const post = (address: string, body: object) =>
  fetch(`${address}/classify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

describe('hashformer serve', () => {
  it('has help with examples', async () => {
    const { code, stdout } = await hashformer(['serve', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:\n  $ hashformer serve\n');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('prints its address alone, logs without texts, and ends by a signal', async () => {
    const { address, child, result } = await start('--log', '--lazy');
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await (await fetch(`${address}/health`)).json()).models.sentiment).toBe('idle');
    expect((await post(address, { texts: 'a secret' })).status).toBe(200);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await result;
    expect([code, stdout]).toEqual([130, `${address}\n`]);
    expect(linesOf(stderr).map(({ route, status }) => [route, status])).toEqual([
      ['/health', 200],
      ['/classify', 200],
    ]);
    expect(stderr).not.toContain('secret');
  });

  it('answers what has been asked before it ends', async () => {
    const { address, child, result } = await start();
    const texts = Array.from({ length: 400 }, (_, i) => `film ${i} ${'is a long, slow mess '.repeat(5)}`);
    const answer = post(address, { texts });
    while ((await metricOf(address, 'hashformer_requests_in_flight')) < 2);
    child.kill('SIGTERM');
    const { results } = await (await answer).json();
    expect(results).toHaveLength(400);
    expect(await result).toMatchObject({ code: 143, stderr: '' });
    await expect(fetch(address)).rejects.toThrow();
  });

  it('serves several models by name', async () => {
    await hashformer(['convert', 'sentiment', at('mine')]);
    const { address, child, result } = await start('--model', at('mine'), '--model', 'en.v1=sentence');
    const { data } = await (await fetch(`${address}/v1/models`)).json();
    expect(data.map(({ id }: { id: string }) => id)).toEqual(['mine', 'en.v1']);
    expect((await (await post(address, { texts: 'a' })).json()).model).toBe('mine');
    child.kill('SIGTERM');
    await result;
  });

  it('warns where anybody may ask', async () => {
    const ended = async (...args: string[]) => {
      const { child, result } = await start('--lazy', ...args);
      child.kill('SIGTERM');
      return (await result).stderr;
    };
    expect(await ended('--host', '0.0.0.0')).toMatch(/^hashformer: no API key is set: everybody/);
    expect(await ended('--host', '0.0.0.0', '--api-key', 'k')).toBe('');
  });

  it('says when the address is taken, or none of this machine', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const { code, stdout, stderr } = await hashformer(['serve', '--lazy', '--port', String(port)]);
    taken.close();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `hashformer: error (source): Port ${port} of 127.0.0.1 is in use; name another with --port.\n`,
    );
    const foreign = await hashformer(['serve', '--lazy', '--port', '0', '--host', '192.0.2.1']);
    expect(foreign.code).toBe(1);
    expect(foreign.stderr).toContain('192.0.2.1 is no address of this machine');
  });

  it('says when a model cannot be loaded, before it takes requests', async () => {
    const { code, stdout, stderr } = await hashformer(['serve', '--port', '0', '--model', at('none')]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^hashformer: error \(source\): .*none/);
  });

  it.each([
    [['--port', '70000'], 'Expected a whole number from 0 to 65535.'],
    [['--timeout', '0'], 'Expected seconds, more than 0.'],
    [['--max-texts', '0'], 'Expected a whole number from 1.'],
    [['--model', 'a/x', '--model', 'b/x'], 'Two models are called "x"'],
    [['--model', ''], 'Expected'],
    [['text'], 'Too many arguments'],
  ])('%j is wrong usage', async (args, sentence) => {
    const { code, stdout, stderr } = await hashformer(['serve', '--port', '0', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
  });

  it('says how to install what it needs', async () => {
    for (const part of ['cli', 'wasm', 'models']) {
      await cp(join(ROOT, 'dist', part), at('bare', 'dist', part), { recursive: true });
    }
    await cp(join(ROOT, 'package.json'), at('bare', 'package.json'));
    const run = () => hashformer(['serve', '--port', '0'], { cli: at('bare', 'dist', 'cli', 'main.js') });
    const without = (name: string) =>
      `hashformer: error (dependency): Serving needs the package ${name}, which is not installed; run: npm install ${name}\n`;
    expect(await run()).toMatchObject({ code: 1, stderr: without('hono') });
    await mkdir(at('bare', 'node_modules'));
    await cp(join(ROOT, 'node_modules', 'hono'), at('bare', 'node_modules', 'hono'), { recursive: true });
    expect(await run()).toMatchObject({ code: 1, stderr: without('@hono/node-server') });
  });
});
