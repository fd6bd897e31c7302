import type { Death } from './kill-deaths.ts';
import type { Stage } from './kill-words.ts';

/** Deaths at the places that matter most: each is met in every run of the tests, whatever else is drawn. */
export interface MustDie {
  /** 0: writes go out in collections. 1: in bulk jobs. */
  world: 0 | 1;
  stage: Stage;
  deaths: Death[];
}

const collections = 0;
const bulk = 1;

/** Deaths of one play come one after the other: what the next one meets is what the last one left. */
export const mustDie: readonly MustDie[] = [
  // A bulk job of which nobody but the CRM knows; one that the store knows too, without, with half and with all its data.
  must(
    bulk,
    'takeOver',
    call('^POST .*/jobs/ingest$'),
    statement('insert into tierlink.bulk_job'),
    refused('^PUT .*/batches$'),
    call('^PUT .*/batches$', 2),
    refused('^PATCH .*/jobs/ingest/'),
  ),
  must(bulk, 'change', call('^PATCH .*/jobs/ingest/'), call('^GET .*/successfulResults$')),
  // One that the CRM works on while nobody lives, and beyond.
  must(bulk, 'takeOver', job(1, 0), job(1, 1), statement('delete from tierlink.bulk_job')),
  must(bulk, 'change', job(2, 1)),
  // A collection that was kept and of which nobody heard, and one that was not; while it is read back what was written.
  must(
    collections,
    'takeOver',
    call('^PATCH .*/composite/sobjects'),
    refused('^PATCH .*/composite/sobjects', 2),
    inQuiet(statement('insert into tierlink.cursor')),
  ),
  // Around the look at what is about to be overwritten, and the write.
  must(
    collections,
    'change',
    statement("set state = 'in_flight'"),
    call('^POST .*/composite/sobjects/Account$'),
    call('^PATCH .*/composite/sobjects'),
    statement('insert into tierlink.audit'),
    statement('delete from tierlink.pending_write'),
    inQuiet(call('FROM%20Tierlink_KPI_Period__c')),
  ),
  // In the middle of an import, after one file of several, and on the way to the figures that it moves.
  must(
    collections,
    'import',
    statement('insert into tierlink.certification'),
    statement('insert into tierlink.fact'),
    statement('commit', 2),
    statement('insert into tierlink.kpi_value'),
  ),
  // While tiers are evaluated: on the day of a review, and with a grace that ends.
  must(
    collections,
    'review',
    statement('insert into tierlink.decision'),
    statement('insert into tierlink.tier_state'),
  ),
  must(
    bulk,
    'demote',
    statement('insert into tierlink.tier_state'),
    statement('insert into tierlink.outbox'),
  ),
  // While a person decides.
  must(
    collections,
    'decide',
    statement('insert into tierlink.tier_override'),
    statement('insert into tierlink.audit'),
  ),
];

function must(world: 0 | 1, stage: Stage, ...deaths: Death[]): MustDie {
  return { world, stage, deaths };
}

function statement(match: string, at = 1): Death {
  return { part: 'work', kind: 'statement', match, at, afterMs: 0 };
}

function call(match: string, at = 1): Death {
  return { part: 'work', kind: 'call', match, at, afterMs: 0 };
}

function refused(match: string, at = 1): Death {
  return { part: 'work', kind: 'refusedCall', match, at, afterMs: 0 };
}

/** @param afterMs 0: the CRM is through with it before anybody asks again */
function job(at: number, afterMs: number): Death {
  return { part: 'work', kind: 'job', at, afterMs };
}

function inQuiet(death: Death): Death {
  return { ...death, part: 'quiet' };
}
