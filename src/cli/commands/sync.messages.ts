import type { OpenRun } from '../../sync/records/run-life.ts';
import type { WaitedFor } from '../wait-limit.ts';

/** What stands at the beginning of the key of a lease, as people say it. */
const works: Readonly<Record<string, string>> = {
  pull: 'reading',
  push: 'writing',
  plan: 'comparing',
  kpis: 'the KPIs of',
  tiers: 'the tiers of',
};

/** pull:prod:Account as "reading Account of prod". */
function workOf(key: string): string {
  const [kind = '', place, object] = key.split(':');
  const what = object === undefined ? place : `${object} of ${place}`;
  return [works[kind] ?? kind, what].filter((part) => part !== undefined).join(' ');
}

function openRun({ id, kind, connection, object }: OpenRun): string {
  return [id, kind, connection, object].filter((part) => part !== null).join(' ');
}

/** What a sync was asked for, so far as the next one has to be asked for it again. */
export interface Again {
  connection: string | undefined;
  object: string | undefined;
  full: boolean;
  acceptDeletes: boolean;
}

export const text = {
  summary: 'Read what changed, bring KPIs and tiers up to date, and write back what is turned on.',
  description: `The first time everything in scope is read, later what changed. Ctrl-C is safe: finished pages are kept and the
next run goes on from there.

With --object, no other object is read or written. KPIs and tiers follow what was read, so a deal may move a tier; what
that asks of other objects, such as the tier on the account, waits for a sync without --object.

What another run is at (that of a service on the same store, or of a second sync) is left to it. With --wait the sync
waits for its turn instead, and all of it has so many minutes: when they are over it stops as with Ctrl-C and ends with
69. With --wait 0 it waits for nobody: it ends with 69 as soon as it meets another run, and has no limit of its own.`,
  wait: 'How long it may take, waiting for other runs included; then it ends with 69. 0: it never waits.',
  waitsForNobody:
    '--wait does not go with --dry-run: a dry run keeps others from working, so who it waits for would never be done.',
  waitsFor: ({ key, holder, since }: WaitedFor) =>
    `Waiting for another run, which is at work on ${workOf(key)} (${holder}, since ${since}). See: tierlink status`,
  stillWaits: ({ key, holder, since }: WaitedFor, runs: readonly OpenRun[]) =>
    `another run is at work on ${workOf(key)} (${holder}, since ${since}${runs.length === 0 ? '' : `; ${runs.map(openRun).join(', ')}`})`,
  timeIsOver: 'there was more to do',
  again: (of: Again) =>
    [
      'tierlink sync',
      of.connection === undefined ? '' : `--connection ${of.connection}`,
      of.object === undefined ? '' : `--object ${of.object}`,
      of.full ? '--full' : '',
      of.acceptDeletes ? '--accept-deletes' : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
  object: 'Read and write only this CRM object, or the object of this entity.',
  full: 'Read everything again and compare.',
  dryRun: 'Do all of it but the writing and keep nothing: show what would be decided and written.',
  acceptDeletes:
    'Let a deletion of very many records through, and give up those that no mapping reads any more.',
  connection: (alias: string) => `Connection ${alias}`,
  columns: ['OBJECT', 'AS', 'READ', 'CREATED', 'UPDATED', 'UNCHANGED', 'HELD', 'INVALID', 'GONE'],
  ended: (run: string, state: string, took: string) => `Run ${run}: ${state} in ${took}.`,
  joined: (matches: string, isDry: boolean) =>
    `Matching: ${matches} ${isDry ? 'would be joined' : 'joined'}.`,
  joinedPair: (id: string, joined: string, survivor: string, why: string) =>
    `${id} ${joined} is ${survivor} (${why})`,
  proposed: (matches: string) => `Matching: ${matches} proposed; nothing is joined until somebody decides.`,
  kpis: (changed: string, partners: string, isDry: boolean) =>
    `KPIs: ${changed} ${isDry ? 'would change' : 'changed'}, ${partners} looked at.`,
  tiers: (evaluated: string, decisions: string, isDry: boolean) =>
    `Tiers: ${evaluated} evaluated, ${isDry ? 'there would be ' : ''}${decisions}.`,
  movementColumns: ['PARTNER', 'DECISION', 'FROM', 'TO', 'SUMMARY'],
  newcomersWait: (partners: string, reason: string) => `Not on a ladder yet: ${partners}, because ${reason}.`,
  held: (count: number, changes: string, { because, isDry }: { because: string; isDry: boolean }) =>
    `Tiers: ${changes} ${isDry ? 'would wait' : count === 1 ? 'waits' : 'wait'} for an approval, because ${because}; nothing of that is decided or written.`,
  heldCreates: (object: string, records: string) =>
    `${records} of ${object} would be created, which is more than a sync may create by itself (createsPerRun). None of them was.`,
  undecided: (object: string, records: string) =>
    `${records} of ${object} may be in the CRM already. Nothing is created until somebody decides.`,
  nextLinks: 'tierlink links suggest        (is it the same? decide)',
  adopted: (name: string, object: string, crmId: string, isDry: boolean) =>
    `${name} ${isDry ? 'would be linked' : 'is linked'} to ${object} ${crmId}, which the CRM has already:`,
  nextPlan: 'tierlink plan --out changes.plan        (look at them, and apply it)',
  unread: (object: string) =>
    `${object}: nothing written, because it has not been read completely yet; what was to be written waits.`,
  invalidValues: (object: string, entity: string, values: string) =>
    `${object} as ${entity}: ${values} could not be taken; the records were taken without.`,
  differences: (object: string, entity: string, values: string) =>
    `${object} as ${entity}: ${values} changed on both sides or by hand; nothing is overwritten until somebody decides.`,
  wrote: (alias: string, created: string, updated: string, rejected: string) =>
    `Written to ${alias}: ${created} created, ${updated} updated, ${rejected} rejected.`,
  waiting: (alias: string, records: string) =>
    `${records} of other objects of ${alias} to be written: left for a sync without --object.`,
  wouldWait: (records: string) => `${records} of other objects would wait for a sync without --object.`,
  notWritten: {
    write_back_off: (alias: string) => `Nothing written to ${alias}: write-back is off.`,
    paused: (alias: string) => `Nothing written to ${alias}: it is paused.`,
    dry_run: (alias: string) => `Nothing written to ${alias}: this was a dry run.`,
  },
  would: (writes: string, calls: string) => `Would write ${writes}, about ${calls}.`,
  wouldOnceOn: 'Write-back is off: a sync writes none of it until somebody turns that on.',
  wouldNothing: 'There is nothing to write.',
  wouldNotSend: (records: string) =>
    `${records} with a value that the CRM would refuse; it would be left out.`,
  wouldColumns: ['OBJECT', 'CREATE', 'UPDATE'],
  changeColumns: ['RECORD', 'OBJECT', 'ATTRIBUTE', 'NOW', 'WOULD BE'],
  calls: (calls: string) => `${calls}.`,
  skipped: (what: string) => `${what}: skipped, another run is at work on it.`,
  skippedKpis: 'KPIs',
  skippedTiers: 'Tiers',
  problem: (object: string, code: string, message: string) => `${object}: ${code}: ${message}`,
  frozen: (object: string, entity: string, reason: string) =>
    `${object} as ${entity} is known to be partial (${reason}); nobody is demoted because of it.`,
  missingFields: (object: string, fields: string) =>
    `${object}: the CRM does not show ${fields}; their values stay as they are.`,
  stopped: (alias: string, code: string, message: string) => `${alias}: ${code}: ${message}`,
  more: (count: string) => `... ${count} more`,
  nextRejects: (run: string) => `tierlink rejects list --run ${run}`,
  nextMapCheck: 'tierlink map check',
  nextHeld: 'tierlink rejects list --held',
  nextDifferences: 'tierlink differences list',
  nextMatches: 'tierlink match list --state open',
  nextApproval: (id: string) => `tierlink approvals show ${id}`,
  nextPartners: 'tierlink partners',
  nextCompare: 'tierlink tier compare',
  nextSync: (object: string | undefined) =>
    `tierlink sync${object === undefined ? '' : ` --object ${object}`}`,
} as const;
