export const text = {
  summary: 'Show the whole job in half a minute, against a simulated CRM: no account, nothing to set up.',
  description: `Reads partners, people, leads, deals, certificates and cases, measures KPIs, decides tiers by the rules of a
sample program and writes them back; then a few things happen in the CRM, and it shows what follows from them. With
--crm both one program is fed by two CRMs: the company's own, and that of a company that it has bought.`,
  keep: 'Leave the simulators running and the project in a folder, for exploring. Ends with Ctrl-C.',
  folder:
    'Folder for the project, a new one; implies --keep. (Default: tierlink-demo, or the next free name)',
  crm: 'Which CRM is simulated; both: one program on all of them. (Default: the first one of the list)',
  port: 'Port of the simulator; of several, the first one has it and the next one the port after it. (Default: free ones)',

  opening: (labels: readonly string[]) => {
    const [first = '', ...others] = labels;
    const simulators = [`a ${first} simulator`, ...others.map((label) => `a ${label} simulator`)].join(', ');
    return `Starting ${simulators} and an embedded database on this machine. No real CRM is connected.`;
  },
  story: (own: string, bought: string) =>
    `${own} is the company's own CRM. ${bought} came with a company that it has bought, and some partners and customers stand in both. One program runs on the two.`,
  started: (url: string, user: string, org: string) =>
    `The simulator is at ${url}. Signed in there as ${user}, to "${org}".`,
  startedOne: (connection: string, url: string, org: string) =>
    `Connection ${connection}: "${org}" at ${url}.`,
  numbered: (number: number, words: string) => `${number}. ${words}`,
  read: (records: string, took: string, calls: string) => `Read ${records} in ${took} with ${calls}`,
  in: 'IN',
  readColumns: ['FROM', 'AS', 'RECORDS'],
  readBy: (connection: string, records: string, calls: string) => `${connection}: ${records} with ${calls}.`,
  invalid: (records: string) =>
    `${records} with a value that the mappings do not accept: kept, named, never guessed.`,
  held: (records: string) => `${records} on hold until the record that they belong to is there.`,
  matched: 'Found companies that stand in both CRMs, by the rules of the project',
  matchedColumns: (first: string, second: string, why: string) => ['AS', first, second, why],
  because: 'BECAUSE OF',
  joined: (count: string) =>
    `${count} joined: one record from here on, linked to both CRMs. It can be undone.`,
  proposed: (count: string) =>
    `${count} in doubt. They stay apart, each with its own deals, until a person decides (tierlink match list, then accept or refuse).`,
  partners: "Measured them, decided tiers by the program's rules; nothing is written yet",
  partnerColumns: (headline: string) => ['PARTNER', 'TIER', `${headline.toUpperCase()} (12 MO)`],
  partnerProgress: ['NEXT', 'REQUIREMENTS'],
  partnerPlaces: ['IN'],
  asOf: 'AS OF',
  all: (connections: number) => (connections === 2 ? 'both' : 'all'),
  more: (count: string) => `... ${count} more`,
  owned: 'Turned write-back on: the CRM now holds the tiers and the reasons for them',
  ownedSeveral: "Turned write-back on: each CRM now holds its partners' tiers and the reasons",
  wroteColumns: ['TO', 'CREATED', 'UPDATED'],
  cost: (records: string, writes: string, calls: string, took: string) =>
    `${records} written with ${writes} (${calls} with all reading), ${took}.`,
  costBy: (connection: string, records: string, writes: string, calls: string) =>
    `${connection}: ${records} written with ${writes} (${calls} with all reading).`,
  sharedOwned: (partners: string) => `${partners} in both CRMs, and the tier that each record has there now:`,
  sharedChanged: 'It was written to every record of theirs:',
  sharedColumns: ['IN', 'RECORD', 'CALLED THERE', 'TIER', 'STANDING'],
  happened: 'Meanwhile, in the CRM',
  happenedSeveral: 'Meanwhile, in the two CRMs',
  and: ' and ',
  bullet: (sentence: string) => `- ${sentence}`,
  bulletIn: (crm: string, sentence: string) => `- ${crm}: ${sentence}`,
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
  keptSeveral: (folder: string, urls: string) =>
    `The simulators go on at ${urls}; the project is in ${folder}.`,
  keptStop: 'Ctrl-C here stops the simulator and its CRM; the folder stays.',
  keptStopSeveral: 'Ctrl-C here stops the simulators and their CRMs; the folder stays.',
  nextKeep: (crm: string) => `tierlink demo${crm} --keep        (explore it yourself)`,
  nextKeepByNpm: (crm: string) =>
    `npm run demo --${crm} --keep --folder ../tierlink-demo        (explore it yourself)`,
  crmFlag: (crm: string) => ` --crm ${crm}`,
  nextLink: (root: string) => `npm run build && npm link        (once, in ${root}: the command tierlink)`,
  nextFolder: (folder: string) => `cd ${folder}        (in another terminal)`,
  nextMatches: 'tierlink match list        (join those in doubt, or keep them apart)',
  nextShow: (partner: string) => `tierlink partners show "${partner}"        (its record in each CRM)`,
  nextWhy: (partner: string) => `tierlink tier why "${partner}"`,
  nextKpi: (partner: string) => `tierlink kpi show "${partner}"`,
  nextDifferences: 'tierlink differences list',
  nextInit: 'tierlink init        (set up your own; needs about ten minutes)',
} as const;
