/** What the command apply says. */
export const text = {
  summary: 'Write exactly what a plan says, and nothing else.',
  description:
    'Compares both sides once more first: when a record of the plan has moved since, nothing is written. Interrupted, the same command goes on. Works whether or not write-back is on.',
  file: 'The plan file.',
  confirm: 'Name of a connection that is a production org, to say that it is meant.',
  confirmLabel: (org: string, alias: string) =>
    `Apply to ${org} (PRODUCTION)? Type the connection name, ${alias}`,
  refused: (name: string, code: string, message: string) => `${name}: ${code}, ${message}`,
  stopped: (code: string, message: string) => `  stopped: ${code} ${message}`,
  decided: (fields: string) => `${fields} decided as the plan says.`,
  skipped: (fields: string) => `Left alone on both sides, because nothing was chosen: ${fields}.`,
  nothingChosen: (fields: string) =>
    `Nothing is chosen in the plan (${fields} to choose), so nothing was written. Choose in it and apply it again; it is not used up.`,
  held: (name: string, object: string) => `  held for an approval: ${name}, ${object} (a tier goes down)`,
  more: (count: string) => `  ... ${count} more`,
  ended: (run: string, state: string) => `Run ${run} ${state}.`,
  nextRejects: (run: string) => `tierlink rejects list --run ${run}`,
  nextRead: (alias: string) =>
    `tierlink sync --connection ${alias} (what was corrected is written, and not read again yet)`,
  nextAgain: (file: string) => `tierlink apply ${file}`,
  nextPlan: (file: string) => `tierlink plan --out ${file}`,
  nextUndo: (run: string) => `tierlink undo ${run} --out undo.plan`,
  nextApprove: (file: string) => `tierlink plan approve ${file} --reason "..." and apply it again`,
} as const;
