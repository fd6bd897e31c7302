export const text = {
  summary: 'Show the whole job in half a minute, against a simulated CRM: no account, nothing to set up.',
  description: `Reads partners, people, leads, deals, certificates and cases, measures KPIs, decides tiers by the rules of a
sample program and writes them back; then a few things happen in the CRM, and it shows what follows from them.`,
  keep: 'Leave the simulator running and the project in a folder, for exploring. Ends with Ctrl-C.',
  folder:
    'Folder for the project, a new one; implies --keep. (Default: tierlink-demo, or the next free name)',
  crm: 'Which CRM is simulated. (Default: the first one of the list)',
  port: 'Port of the simulator. (Default: a free one)',

  opening: (crm: string) =>
    `Starting a ${crm} simulator and an embedded database on this machine. No real CRM is connected.`,
  started: (url: string, user: string, org: string) =>
    `The simulator is at ${url}. Signed in there as ${user}, to "${org}".`,
  numbered: (number: number, words: string) => `${number}. ${words}`,
  read: (records: string, took: string, calls: string) => `Read ${records} in ${took} with ${calls}`,
  readColumns: ['FROM', 'AS', 'RECORDS'],
  invalid: (records: string) =>
    `${records} with a value that the mappings do not accept: kept, named, never guessed.`,
  held: (records: string) => `${records} on hold until the record that they belong to is there.`,
  partners: 'Measured them and decided tiers by the rules of the program; nothing is written yet',
  partnerColumns: (headline: string) => [
    'PARTNER',
    'TIER',
    `${headline.toUpperCase()} (12 MO)`,
    'NEXT',
    'REQUIREMENTS',
    'AS OF',
  ],
  more: (count: string) => `... ${count} more`,
  owned: 'Turned write-back on: the CRM now holds the tiers and the reasons for them',
  wroteColumns: ['TO', 'CREATED', 'UPDATED'],
  cost: (records: string, writes: string, calls: string, took: string) =>
    `${records} written with ${writes} (${calls} with all reading), ${took}.`,
  happened: 'Meanwhile, in the CRM',
  bullet: (sentence: string) => `- ${sentence}`,
  changed: (records: string) => `Synchronised again: ${records} had changed, and this is what follows`,
  kpiColumns: ['PARTNER', 'FIGURE', 'BEFORE', 'NOW'],
  noKpis: 'No figure changed.',
  tierColumns: ['PARTNER', 'WHAT', 'FROM', 'TO', 'WHY'],
  merged: (records: string) => `${records} merged into another one: its history and its links went along.`,
  noTiers: 'No tier changed.',
  disagreements: 'Somebody changed what the program owns: reported, not overwritten',
  disagreementColumns: ['PARTNER', 'FIELD', 'PROGRAM SAYS', 'CRM SAYS'],
  disagreementChoice:
    'A person decides (tierlink differences resolve): keep it as an override with a reason, or put the tier of the program back.',
  quiet: 'Once more, with nothing changed',
  quietCost: (writes: string, calls: string, took: string) => `${writes} (${calls} for reading), ${took}.`,
  quietReads:
    'This pass read back what the one before had written; one after nothing at all takes a few calls.',
  noWrites: 'Nothing was written',
  end: 'That is the main job. The same code does it against a real org.',
  kept: (folder: string, url: string) => `The simulator goes on at ${url}; the project is in ${folder}.`,
  keptStop: 'Ctrl-C here stops the simulator and its CRM; the folder stays.',
  nextKeep: 'tierlink demo --keep        (explore it yourself)',
  nextKeepByNpm: 'npm run demo -- --keep --folder ../tierlink-demo        (explore it yourself)',
  nextLink: (root: string) => `npm run build && npm link        (once, in ${root}: the command tierlink)`,
  nextFolder: (folder: string) => `cd ${folder}        (in another terminal)`,
  nextWhy: (partner: string) => `tierlink tier why "${partner}"`,
  nextKpi: (partner: string) => `tierlink kpi show "${partner}"`,
  nextDifferences: 'tierlink differences list',
  nextInit: 'tierlink init        (set up your own; needs about ten minutes)',
} as const;
