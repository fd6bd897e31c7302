export const text = {
  summary: 'Make a project: tierlink.yaml, .env, and copies of the mappings and programs to edit.',
  description: 'Nothing is overwritten: where one of the files exists, nothing at all is written.',
  folder: 'Folder to make the project in. (Default: this one)',
  crm: 'Kind of CRM, or none where files are all there is. (Default: asks)',
  alias: 'Name of the connection. (Default: prod)',
  program:
    'Program to start from: starter, msp (managed service providers), isv (software vendors), no-tiers, or published/<name> of a known vendor. (Default: starter)',
  prefix:
    'What the names of ours begin with that are installed into the CRM, where they have to; the mappings are written with it.',
  noPrefix: (label: string) => `--prefix: names of ours need none in ${label}; rename them in the mappings.`,
  badPrefix: (prefix: string, rule: string) => `--prefix: "${prefix}" must be ${rule}.`,
  made: (folder: string) => `Made a project in ${folder}`,
  badAlias: (alias: string) =>
    `--alias: "${alias}" must be lower case letters, digits and hyphens, starting with a letter.`,
  askCrm: (known: string) => `Kind of CRM (${known}, or none where files are all there is)`,
  whichCrm: (known: string) => `--crm is needed: one of ${known}, or none where files are all there is.`,
  nextImport: 'tierlink import partners partners.csv        (its columns: tierlink import partners --help)',
  nextConnect: (crm: string, alias: string) =>
    `tierlink connect ${crm} --alias ${alias}        (asks for the credentials, or takes them from .env)`,
  nextDemo: 'tierlink demo        (tries everything without a CRM)',
} as const;
