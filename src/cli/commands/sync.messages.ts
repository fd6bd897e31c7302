export const text = {
  summary: 'Read what changed, bring KPIs and tiers up to date, and write back what is turned on.',
  description: `The first time everything in scope is read, later what changed. Ctrl-C is safe: finished pages are kept and the
next run goes on from there.

With --object, no other object is read or written. KPIs and tiers follow what was read, so a deal may move a tier; what
that asks of other objects, such as the tier on the account, waits for a sync without --object.`,
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
  held: (changes: string, because: string, isDry: boolean) =>
    `Tiers: ${changes} ${isDry ? 'would wait' : 'wait'} for an approval, because ${because}; nothing of that is decided or written.`,
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
