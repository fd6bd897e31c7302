import type { EntityName } from '../../model/entities.ts';
import type { ReadPosition } from '../records/cursors.ts';
import { countsOf, type Fate, type Noted, type PullJob } from './job.ts';

/** Remembers what became of a record that the transaction at work has read; it counts once that has committed. */
export function noteFate(job: PullJob, noted: Noted): void {
  job.noted.push(noted);
}

/**
 * Says that everything of an entity is being read: at first, when what is met is made, or to compare, when most of it is
 * as it was. Of the records with that fate no list is kept, because it would grow with all there is.
 */
export function noteReadWhole(
  job: PullJob,
  entity: EntityName,
  { compare, resume }: Pick<ReadPosition, 'compare' | 'resume'>,
): void {
  const before = job.readWhole.get(entity);
  const usual = before?.usual ?? (compare ? 'unchanged' : 'created');
  const tells = before?.tells ?? resume === null;
  job.readWhole.set(entity, { usual, again: before !== undefined, tells });
}

/**
 * Counts what was noted. A read and the changes that came meanwhile overlap, and so do windows of changes: a record that
 * is read more than once is counted once, as what became of it in the end.
 */
export function countFates(job: PullJob): void {
  for (const noted of job.noted) {
    const { entity, crmId, fate, full } = noted;
    const before = fateBefore(job, noted);
    const after = before === undefined ? fate : inTheEnd(before, fate);
    if (!full || after !== job.readWhole.get(entity)?.usual) keep(job, { entity, crmId }, after);
    if (after === before) continue;
    if (before !== undefined) add(job, entity, { fate: before, by: -1 });
    add(job, entity, { fate: after, by: 1 });
  }
  job.noted = [];
}

/** What an earlier reading of the same pull had made of the record; undefined when there was none. */
function fateBefore(job: PullJob, { entity, crmId, wasLive, full }: Noted): Fate | undefined {
  const kept = job.fates.get(entity)?.get(crmId);
  if (kept !== undefined || !wasLive) return kept;
  const whole = job.readWhole.get(entity);
  // A comparison meets each record for the first time; at first a record is live only when it was met already. After
  // that whatever is live was met: by this pull, when it began the read. Where none has the usual fate, too many had
  // another one to keep them all.
  if (whole === undefined || !whole.tells || (full && whole.usual === 'unchanged' && !whole.again))
    return undefined;
  return countsOf(job, entity)[whole.usual] > 0 ? whole.usual : undefined;
}

/** Very many at once are a new mapping, or a rule of the CRM's that touched all: those beyond count as the usual. */
const mostKept = 50_000;

function keep(job: PullJob, { entity, crmId }: Pick<Noted, 'entity' | 'crmId'>, fate: Fate): void {
  const fates = fatesOf(job, entity);
  if (fates.size < mostKept || fates.has(crmId)) fates.set(crmId, fate);
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
