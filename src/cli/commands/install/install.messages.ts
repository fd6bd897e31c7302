import type { PartKind } from '../../../sync/installer.ts';

export const text = {
  source: {
    summary:
      'Generate what an admin deploys into the CRM: fields, objects, keys and a least-privilege permission set or role.',
    description:
      'Made from the mappings and the program. Nothing is sent to the CRM; an admin deploys the folder.',
    out: 'Folder to write to. (Default: install)',
    force: 'Replace files that are there.',
    withOptional: 'Keep optional mappings whose object the org does not have (yet), without asking the org.',
    leftOut: (objects: string) =>
      `Left out ${objects}: optional, and not in the org. Keep all with: --with-optional`,
    notAsked: (objects: string, reason: string) =>
      `Left out ${objects}: optional, and the org could not be asked for what it has. Keep all with: --with-optional (${reason})`,
    wrote: (count: string, folder: string) => `Wrote ${count} to ${folder}`,
    readme:
      "The connector's README says how to deploy it and how to give the permission set or role to the integration user.",
    next: (alias: string) => [
      `tierlink doctor --connection ${alias}        (after the admin has deployed it)`,
    ],
  },
  plan: {
    summary:
      'See what the mappings need in the CRM: what is there, what would be made, what a person has to do.',
    description: `The same needs as of install source, compared with the org itself. Nothing is written. What is there is never removed or
narrowed, and what the mapping names of others is reused. The org's own automation that our writes may set off is listed too.`,
    out: 'Keep the plan in a file, to be reviewed and applied.',
    exitCode: 'Exit with 3 when something would be made.',
  },
  apply: {
    summary: 'Make in the CRM what a plan of an installation says, or what is missing now.',
    description: `Looks at the org once more, and does nothing when more would have to be done than was reviewed. Whatever stopped it, the
next run goes on where it stopped. Each part is in the audit.`,
    file: 'Plan that install plan has written. (Default: a new one)',
    confirm: 'Name of the connection again, for a production org.',
    confirmLabel: (org: string, alias: string) =>
      `${org} is a production org. Type the name of the connection (${alias}) to install into it`,
    step: 'Install',
    wentOn: (run: string) => `Went on with what run ${run} had begun.`,
    nothing: 'Nothing to do: all that can be made is there.',
    made: (count: string, run: string) => `Made or completed ${count} in run ${run}:`,
    left: (count: string) => `${count} could not be seen after it was made; run the command again.`,
    nextDoctor: (alias: string) => `tierlink doctor --connection ${alias}`,
    nextAgain: (alias: string) => `tierlink install apply --connection ${alias}`,
    nextAudit: (run: string) => `tierlink audit --run ${run}`,
  },
  withOptional: 'Make optional objects too that the org does not have.',
  leftOut: (objects: string) =>
    `Left out ${objects}: optional, and not in the org. Make them too with: --with-optional`,
  about: (alias: string, org: string, id: string) => `${alias} (${org}), plan ${id}`,
  columns: ['', 'PART', 'NAME', 'TYPE', 'ASKED FOR BY'],
  automationColumns: ['OBJECT', 'AUTOMATION', 'NAME', 'SET OFF', 'WHERE'],
  actions: {
    create: 'make',
    extend: 'complete',
    exists: 'is there',
    reuse: 'reuse',
    missing: 'missing',
    byHand: 'by hand',
    conflict: 'conflict',
  },
  kinds: {
    package: 'package',
    object: 'object',
    field: 'field',
    key: 'key',
    values: 'list of values',
    permission: 'rights',
    layout: 'layout',
  } as const satisfies Readonly<Record<PartKind, string>>,
  goOn: 'go on with',
  begun: (run: string, objects: string) =>
    `Run ${run} has not come to its end. ${objects === '' ? 'The next one goes on with it.' : `What it made of ${objects} is not published, and may be there although it is not seen; the next one publishes it first.`}`,
  adds: (values: string) => `adds ${values}`,
  reason: (file: string, line: number) => `${file}:${line}`,
  more: (count: number) => `and ${count} more`,
  sum: (counts: readonly string[]) => counts.join(', '),
  nothing: 'Nothing would be made: what can be made is there.',
  byHand: 'To be done by a person:',
  handLine: (what: string, note: string | null, setUp: string) =>
    `${what}${note === null ? '' : `: ${note}`} - ${setUp}`,
  conflicts: 'Nothing is installed while these are in the way:',
  lacks: (rights: string) => `The user lacks rights to install: ${rights}.`,
  lacksUnknown: 'Whether the user may install could not be found out.',
  automations: "The org's own automation that our writes may set off:",
  noAutomations: "No automation of the org's own is set off by our writes.",
  automationsUnknown: (reason: string) =>
    `Whether our writes set off automation of the org's own is not known: ${reason}`,
  saved: (file: string) => `Kept in ${file}.`,
  badOut: (file: string) => `${file} is there, and is no plan of an installation; it is not replaced.`,
  nextSave: (alias: string) => `tierlink install plan --connection ${alias} --out install.plan`,
  nextApply: (file: string) => `tierlink install apply ${file}`,
  nextSource: (alias: string) =>
    `tierlink install source --connection ${alias}        (the same as files for an administrator)`,
} as const;
