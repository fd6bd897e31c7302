export const text = {
  summary: 'Read what changed, bring KPIs and tiers up to date, and write back what is turned on.',
  description: `The first time everything in scope is read, later what changed. Ctrl-C is safe: finished pages are kept and the
next run goes on from there.`,
  object: 'Only this CRM object, or the object of this entity.',
  full: 'Read everything again and compare.',
  dryRun: 'Keep nothing and write nothing: show what would be read and written.',
  acceptDeletes: 'Let a deletion of very many records through.',
  reading: (alias: string, org: string, writes: string) => `Reading from ${alias} (${org}). ${writes}`,
  writesOff: 'Nothing will be written to the CRM.',
  writesOn: 'Write-back is on.',
  columns: ['OBJECT', 'AS', 'READ', 'CREATED', 'UPDATED', 'UNCHANGED', 'HELD', 'INVALID', 'GONE'],
  ended: (run: string, state: string, took: string) => `Run ${run}: ${state} in ${took}.`,
  kpis: (changed: string, partners: string) => `KPIs: ${changed} changed, ${partners} looked at.`,
  tiers: (evaluated: string, decisions: string) => `Tiers: ${evaluated} evaluated, ${decisions}.`,
  wrote: (alias: string, created: string, updated: string, rejected: string) =>
    `Written to ${alias}: ${created} created, ${updated} updated, ${rejected} rejected.`,
  notWritten: {
    write_back_off: (alias: string) => `Nothing written to ${alias}: write-back is off.`,
    paused: (alias: string) => `Nothing written to ${alias}: it is paused.`,
    dry_run: (alias: string) => `Nothing written to ${alias}: this was a dry run.`,
  },
  would: (writes: string, calls: string) => `Would write ${writes}, about ${calls}.`,
  wouldColumns: ['OBJECT', 'RECORD', 'FIELD', 'NOW', 'WOULD BE'],
  calls: (calls: string) => `${calls}.`,
  problem: (object: string, code: string, message: string) => `${object}: ${code}: ${message}`,
  frozen: (object: string, entity: string, reason: string) =>
    `${object} as ${entity} is known to be partial (${reason}); nobody is demoted because of it.`,
  missingFields: (object: string, fields: string) =>
    `${object}: the CRM does not show ${fields}; their values stay as they are.`,
  stopped: (alias: string, code: string, message: string) => `${alias}: ${code}: ${message}`,
  more: (count: string) => `... ${count} more`,
  nextRejects: (run: string) => `tierlink rejects list --run ${run}`,
  nextHeld: 'tierlink rejects list --held',
  nextPartners: 'tierlink partners',
  nextCompare: 'tierlink tier compare',
  nextSync: 'tierlink sync',
} as const;
