export const text = {
  summary:
    'Generate what an admin deploys into the CRM: fields, objects, keys and a least-privilege permission set.',
  description:
    'Made from the mappings and the program. Nothing is sent to the CRM; an admin deploys the folder.',
  out: 'Folder to write to. (Default: install)',
  force: 'Replace files that are there.',
  wrote: (count: string, folder: string) => `Wrote ${count} to ${folder}`,
  readme:
    "The connector's README says how to deploy it and how to give the permission set to the integration user.",
  next: (alias: string) => [`tierlink doctor --connection ${alias}        (after the admin has deployed it)`],
} as const;
