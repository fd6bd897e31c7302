import { expect, it } from '@jest/globals';
import { startChild } from '../../services/child.ts';
import { LOCK_MS } from '../../services/endless-worker.ts';
import { type At, countingJob } from './site.ts';

/** Processes that end without a word. */
export function testsOfLosses(at: At): void {
  it('gives the job of a killed process to another one, and what was added for it meanwhile as well', async () => {
    const place = JSON.stringify(at.site().addresses);
    const child = await startChild('test/services/endless-worker.ts', { args: [place], line: 'running' });
    await child.kill();
    const queue = await at.open([countingJob({ dedupeKey: () => 'north' })], { stalledCheckMs: LOCK_MS / 4 });
    await queue.add('count-things', { n: 2 });
    await queue.start();
    await at.finished('completed', 2);
    expect(at.recorder.ran).toEqual([1, 2]);
  });
}
