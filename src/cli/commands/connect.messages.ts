export const text = {
  summary: 'Set up a connection to a CRM, or change how it is used.',
  description: `Signs in first; only when that works is anything kept: typed secrets in .env, a sign-in by
browser in a file of its owner alone, the rest in tierlink.yaml.
Nothing is written to the CRM. Without a terminal give what is not secret with --option and secrets in the environment.`,
  crm: 'Kind of CRM.',
  alias: 'Name of the connection. (Default: prod)',
  option: 'Option that is not secret, as key=value; may be repeated.',
  writeBack: 'Let Tierlink write to the CRM, or stop it.',
  tiers: 'owned: the computed tiers are written; shadow: they are only compared.',
  relink: 'Take the org that the connection is on now for its own, after a refresh or clone on purpose.',
  browser: 'Sign in by browser, on this machine; what comes of it is kept in a file of its owner alone.',
  noBrowser: 'The same, but print the address instead of opening it.',
  confirm: 'Name of the connection, typed again; needed to let a production org be written.',
  confirmLabel: (org: string, alias: string) =>
    `${org} is a PRODUCTION org. Type the connection name (${alias}) to go on`,
  whichCrm: (known: string) => `Name the kind of CRM: one of ${known}.`,
  badOption: (given: string) => `--option: "${given}" must be key=value.`,
  unknownOption: (key: string, known: string) => `--option: there is no option ${key}. Use one of: ${known}.`,
  secretOption: (key: string, variable: string) =>
    `--option: ${key} is a secret and must not be on the command line. Set ${variable}, or ${variable}_FILE to a file with it.`,
  badAlias: (alias: string) =>
    `--alias: "${alias}" must be lower case letters, digits and hyphens, starting with a letter, and not "import", which stands for files.`,
  browserNeedsPerson: 'A sign-in by browser needs a person: leave --no-input out, or sign in another way.',
  browserOrChange:
    '--browser sets a connection up; --write-back, --tiers and --relink change how one is used. Give them in a command of their own.',
  toBrowser: (crm: string, minutes: number) =>
    `Sign in to ${crm} at this address within ${minutes} minutes, as the user whose eyes and rights Tierlink is to have:`,
  callback: (address: string, port: string) =>
    `The app has to know the callback address ${address}. Where the browser is on another machine, lead that port here first: ssh -L ${port}:localhost:${port} ...`,
  asPerson: (alias: string, user: string) =>
    `${alias} signs in as ${user}: what that user cannot see counts nowhere, and it all ends with that user's account. For daily work give Tierlink a user of its own.`,
  signInBy: 'Sign in by',
  signIns: (ways: readonly string[]) => `How Tierlink signs in:\n${ways.map((way) => `  ${way}`).join('\n')}`,
  notKept: (variables: string) =>
    `${variables} came from the environment and was not written to .env: set it wherever Tierlink runs.`,
  blank: (alias: string, file: string) =>
    `Nothing of the connection ${alias} in ${file} is set here. Set it up as well (tierlink connect --alias ${alias}), or take it out of the file; until then a sync of all connections fails on it.`,
  newMappings: (folder: string, crm: string) =>
    `Added ${folder}: which fields of ${crm} become which attributes, for you to edit.`,
  nextMapCheck: (alias: string) =>
    `tierlink map check --connection ${alias}        (its mappings against the org)`,
  nextSyncAll:
    'tierlink sync        (reads all connections and matches what they share; writes only where that is on)',
  nextMatches: 'tierlink match list',
  nextSync: (alias: string) =>
    `tierlink sync --connection ${alias}        (reads; writes nothing to the CRM)`,
  examined: 'What doctor finds (tierlink doctor --all shows everything):',
  nextDoctor: (alias: string) => `tierlink doctor --connection ${alias}`,
  nextCompare: 'tierlink tier compare',
  nextPartners: 'tierlink partners',
  nextStatus: 'tierlink status',
} as const;
