import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadJobs } from '../../src/queue/load-jobs.ts';

describe('loading jobs', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tierlink-jobs-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const write = (file: string, text: string) => writeFile(join(folder, file), text);

  it('takes the job of every module, by name, and nothing else', async () => {
    await write('package.json', '{"type":"module"}');
    await write('push-changes.js', `export const job = { name: 'push-changes' };`);
    await write('pull-changes.js', `export const job = { name: 'pull-changes' };`);
    await write('pull-changes.d.ts', '');
    await write('README.md', '');
    expect((await loadJobs(folder)).map((job) => job.name)).toEqual(['pull-changes', 'push-changes']);
  });

  it.each([
    ['another name', `export const job = { name: 'push-changes' };`],
    ['no job', 'export const other = 1;'],
  ])('refuses a file with %s', async (_case, text) => {
    await write('package.json', '{"type":"module"}');
    await write('pull-changes.js', text);
    await expect(loadJobs(folder)).rejects.toThrow(`must export a job named ${basename('pull-changes')}`);
  });

  it("gives this package's own jobs unique names and complete declarations", async () => {
    const jobs = await loadJobs();
    expect(new Set(jobs.map((job) => job.name)).size).toBe(jobs.length);
    for (const job of jobs) {
      expect(job.name).toMatch(/^[a-z]+(-[a-z0-9]+)+$/);
      expect(job.description).toMatch(/\.$/);
      expect(job.timeoutMs).toBeGreaterThan(0);
    }
  });
});
