import type { EntityName } from '../model/entities.ts';
import { countsOf, type Fate, type PullJob } from './pull-job.ts';

/** Remembers what became of a record that the transaction at work has read; it counts once that has committed. */
export function noteFate(job: PullJob, noted: { entity: EntityName; crmId: string; fate: Fate }): void {
  job.noted.push(noted);
}

/** Whether a record was read before in this pull. */
export function isMet(job: PullJob, entity: EntityName, crmId: string): boolean {
  return job.fates.get(entity)?.has(crmId) === true;
}

/**
 * Counts what was noted. A read and the changes that came meanwhile overlap, and so do windows of changes: a record that
 * is read more than once is counted once, as what became of it in the end.
 */
export function countFates(job: PullJob): void {
  for (const { entity, crmId, fate } of job.noted) {
    const fates = fatesOf(job, entity);
    const before = fates.get(crmId);
    const after = before === undefined ? fate : inTheEnd(before, fate);
    if (after === before) continue;
    fates.set(crmId, after);
    if (before !== undefined) add(job, entity, { fate: before, by: -1 });
    add(job, entity, { fate: after, by: 1 });
  }
  job.noted = [];
}

function fatesOf(job: PullJob, entity: EntityName): Map<string, Fate> {
  const known = job.fates.get(entity);
  if (known !== undefined) return known;
  const fates = new Map<string, Fate>();
  job.fates.set(entity, fates);
  return fates;
}

/** What the whole pull did to a record of which two readings did this and that. */
function inTheEnd(before: Fate, after: Fate): Fate {
  if (after === 'other') return before;
  if (after === 'updated' && before === 'created') return before;
  // A record that was held, and is known by now, was taken in between.
  if (after === 'unchanged' && ['created', 'updated', 'held'].includes(before)) return before;
  return after;
}

function add(job: PullJob, entity: EntityName, { fate, by }: { fate: Fate; by: number }): void {
  const counts = countsOf(job, entity);
  counts[fate] += by;
  if (fate !== 'other') counts.read += by;
}
