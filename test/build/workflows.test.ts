// The workflows of .github are YAML, run what is there, and give away no right that they do not need.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { ROOT } from '../cli/run.ts';

interface Step {
  uses?: string;
  run?: string;
}
interface Workflow {
  name: string;
  on: object;
  permissions: Record<string, string>;
  jobs: Record<string, { steps: Step[]; permissions?: Record<string, string>; 'timeout-minutes': number }>;
}

const folder = join(ROOT, '.github', 'workflows');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

it.each(readdirSync(folder))('%s', (file) => {
  const document = parseDocument(readFileSync(join(folder, file), 'utf8'), { uniqueKeys: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  const workflow = document.toJS() as Workflow;
  expect(workflow.permissions).toEqual({ contents: 'read' });
  for (const job of Object.values(workflow.jobs)) {
    expect(job['timeout-minutes']).toBeGreaterThan(0);
    for (const { uses, run } of job.steps) {
      expect([uses, run].filter((one) => one !== undefined)).toHaveLength(1);
      if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
      for (const [, script = ''] of run?.matchAll(/npm (?:run )?(test\b[\w:]*|check:\w+)/g) ?? []) {
        expect(Object.keys(manifest.scripts)).toContain(script);
      }
      if (run?.startsWith('.ci/')) expect(existsSync(join(ROOT, run))).toBe(true);
    }
  }
});

it('publishes what CI has tested, with provenance, and no version twice', () => {
  const { jobs } = parseDocument(readFileSync(join(folder, 'release.yml'), 'utf8')).toJS() as Workflow;
  const { steps, permissions } = jobs.publish!;
  const runs = steps.flatMap(({ run }) => run ?? []);
  const publish = runs.findIndex((run) => run.includes('npm publish --provenance'));
  expect(runs.slice(0, publish)).toContain('.ci/run');
  expect(permissions).toMatchObject({ 'id-token': 'write' });
  expect(manifest.repository.url).toMatch(/^git\+https:\/\/github\.com\/[\w-]+\/hashformer\.git$/);
});
