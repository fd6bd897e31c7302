import { type Death, rowByRow } from './kill-deaths.ts';
import type { Stage } from './kill-words.ts';

/** Deaths at the places that matter most. Each comes after the other: what the next one meets is what the last one left. */
export interface MustDie {
  stage: Stage;
  deaths: Death[];
}

const bulkMessage = '^POST .*/Microsoft.Dynamics.CRM.Up(sert|date)Multiple';
const closing = '^POST .*/CloseIncident';
const opening = '^PATCH .*/incidents\\(';
const toSalesforce = '^PATCH .*/composite/sobjects';
const toDynamics = '^POST .*/(\\$batch|Microsoft.Dynamics.CRM.Up(sert|date)Multiple)';

/** Where writes go to Salesforce in collections. */
export const inCollections: readonly MustDie[] = [
  // A collection that was kept and of which nobody heard, one that was not, and one that was kept in part; while it is
  // read back what was written.
  must(
    'takeOver',
    call('^PATCH .*/composite/sobjects'),
    refused('^PATCH .*/composite/sobjects', 2),
    broken(rowByRow),
    inQuiet(statement('insert into tierlink.cursor')),
  ),
  // Around the look at what is about to be overwritten, and the write.
  must(
    'change',
    statement("set state = 'in_flight'"),
    call('^POST .*/composite/sobjects/Account$'),
    call('^PATCH .*/composite/sobjects'),
    statement('insert into tierlink.audit'),
    statement('delete from tierlink.pending_write'),
    statement('insert into tierlink.seal'),
    inQuiet(call('FROM%20Tierlink_KPI_Period__c')),
  ),
  // In the middle of an import, after one file of several, and on the way to the figures that it moves.
  must(
    'import',
    statement('insert into tierlink.credit'),
    statement('insert into tierlink.certification'),
    statement('insert into tierlink.fact'),
    statement('commit', 2),
    statement('insert into tierlink.kpi_value'),
  ),
  // While a wrong file is taken back: between its records and their links, and before what is known of files.
  must('import', statement("set state = 'deleted'"), statement('select object, fact_kind as kind')),
  // While tiers are evaluated: on the day of a review.
  must('review', statement('insert into tierlink.decision'), statement('insert into tierlink.tier_state')),
  // While a person decides.
  must('decide', statement('insert into tierlink.tier_override'), statement('insert into tierlink.audit')),
];

/** Where writes go to Salesforce in bulk jobs. */
export const inJobs: readonly MustDie[] = [
  // A bulk job of which nobody but the CRM knows; one that the store knows too, without, with half and with all its data.
  must(
    'takeOver',
    call('^POST .*/jobs/ingest$'),
    statement('insert into tierlink.bulk_job'),
    refused('^PUT .*/batches$'),
    call('^PUT .*/batches$', 2),
    refused('^PATCH .*/jobs/ingest/'),
  ),
  must('change', call('^PATCH .*/jobs/ingest/'), call('^GET .*/successfulResults$')),
  // One that the CRM works on while nobody lives, and beyond.
  must('takeOver', job(1, 0), job(1, 1), statement('delete from tierlink.bulk_job')),
  must('change', job(2, 1)),
  // While tiers are evaluated: with a grace that ends.
  must('demote', statement('insert into tierlink.tier_state'), statement('insert into tierlink.outbox')),
];

/** Where writes go to Dynamics by bulk messages, batches and single requests. */
export const inDynamics: readonly MustDie[] = [
  // The link to changes was handed out and not stored; the first read was cut off between its pages.
  must('read', call('^GET .*/accounts\\?'), call('^GET .*/opportunities\\?.*skiptoken')),
  // A bulk message that was kept and of which nobody heard; one page of several, and the next one not; a batch of which
  // some parts were done, and one that was done and nobody heard.
  must(
    'takeOver',
    call(bulkMessage),
    refused(bulkMessage, 2),
    broken(rowByRow),
    call(rowByRow),
    inQuiet(statement('insert into tierlink.cursor')),
  ),
  // Changes were handed out with the link to what comes after them, and neither was stored, or not all of them.
  must(
    'change',
    call('^GET .*deltatoken='),
    statement('insert into tierlink.cursor', 2),
    statement("set state = 'in_flight'"),
    statement('delete from tierlink.pending_write'),
    inQuiet(call('^GET .*deltatoken=', 3)),
  ),
  // A case was closed and nobody heard, and opened again.
  must('import', refused(closing), call(closing)),
  must('decide', refused(opening), call(opening)),
  must('demote', statement('insert into tierlink.tier_state'), statement('insert into tierlink.outbox')),
];

/** Where the business is in Salesforce and in Dynamics at once. */
export const inBoth: readonly MustDie[] = [
  // While the records of two CRMs are found to be one.
  must(
    'read',
    statement('insert into tierlink.match_key'),
    statement('update tierlink.match_key k set record_id'),
    statement('insert into tierlink.match as m'),
  ),
  // The tier was written to the one CRM and not to the other, or nobody heard that it was.
  must('takeOver', refused(toDynamics), call(toDynamics), call(toSalesforce)),
  // While what one of them decides is taken over after a match.
  must(
    'change',
    statement('into tierlink.takeover'),
    statement('insert into tierlink.match as m'),
    statement('delete from tierlink.takeover'),
    refused(toDynamics),
  ),
  // While a person says that two customers are one.
  must('decide', statement('insert into tierlink.audit'), call(toSalesforce)),
];

function must(stage: Stage, ...deaths: Death[]): MustDie {
  return { stage, deaths };
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

function broken(match: string, at = 1): Death {
  return { part: 'work', kind: 'brokenCall', match, at, afterMs: 0 };
}

/** @param afterMs 0: the CRM is through with it before anybody asks again */
function job(at: number, afterMs: number): Death {
  return { part: 'work', kind: 'job', at, afterMs };
}

function inQuiet(death: Death): Death {
  return { ...death, part: 'quiet' };
}
