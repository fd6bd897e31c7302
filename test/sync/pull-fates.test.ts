import { expect, it } from '@jest/globals';
import { countFates, noteFate, noteReadWhole } from '../../src/sync/pull/fates.ts';
import { countsOf, type Fate, type PullJob } from '../../src/sync/pull/job.ts';

const many = 60_000;
const usual = { compare: true, resume: null };

function jobAtWork(): PullJob {
  const job: Pick<PullJob, 'counts' | 'fates' | 'readWhole' | 'noted'> = {
    counts: new Map(),
    fates: new Map(),
    readWhole: new Map(),
    noted: [],
  };
  return job as PullJob;
}

function readAll(job: PullJob, fate: Fate): void {
  noteReadWhole(job, 'deal', usual);
  for (let n = 0; n < many; n += 1)
    noteFate(job, { entity: 'deal', crmId: `D${n}`, fate, wasLive: true, full: true });
  countFates(job);
}

const kept = (job: PullJob) => job.fates.get('deal')?.size ?? 0;

it('a comparison keeps nothing of what is as it was, and counts what comes once more among changes once', () => {
  const job = jobAtWork();
  readAll(job, 'unchanged');
  expect(kept(job)).toBe(0);
  noteFate(job, { entity: 'deal', crmId: 'D7', fate: 'updated', wasLive: true, full: false });
  countFates(job);
  expect(countsOf(job, 'deal')).toMatchObject({ read: many, unchanged: many - 1, updated: 1 });
});

it('what a new mapping changes in everything is counted whole, and kept only in part', () => {
  const job = jobAtWork();
  readAll(job, 'updated');
  expect(kept(job)).toBeLessThan(many);
  expect(countsOf(job, 'deal')).toMatchObject({ read: many, unchanged: 0, updated: many });
  noteFate(job, { entity: 'deal', crmId: 'D7', fate: 'unchanged', wasLive: true, full: false });
  countFates(job);
  expect(countsOf(job, 'deal')).toMatchObject({ read: many, updated: many });
});
