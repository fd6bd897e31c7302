export const text = {
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
  next: (alias: string) => [`tierlink doctor --connection ${alias}        (after the admin has deployed it)`],
} as const;
