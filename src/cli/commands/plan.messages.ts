/** What the plan commands say. */
export const text = {
  make: {
    summary: 'Compare both sides completely and write a plan of what differs. Writes nothing to a CRM.',
    description:
      'Reads everything in scope, computes figures and tiers, and says what a sync would write, what people have to decide, and what is in the way. The plan is a file: look at it, choose in it, then apply exactly that.',
    object: 'Only what is about this CRM object.',
    partner: 'Only what is about this partner: name, number or id.',
    kind: 'Only items of this kind.',
    out: 'Where to write the plan. (Default: it is only shown)',
    exitCode: 'End with 3 when something differs.',
    badOut: (file: string) => `${file} exists and is no plan; name another file`,
    saved: (file: string, until: string) =>
      `Saved ${file}. Valid until ${until} or until the records change.`,
    nextShow: (file: string) => `tierlink plan show ${file}`,
    nextApply: (file: string) => `tierlink apply ${file}`,
    nextSave: 'tierlink plan --out changes.plan',
  },
  show: {
    summary: 'Show what is in a plan.',
    file: 'The plan file.',
    all: 'Show every record, not the first of them.',
  },
  undo: {
    summary: 'Make a plan that puts back what the CRM held before a run wrote. Writes nothing to a CRM.',
    description:
      'Only fields that still hold what the run wrote are put back; what people have changed since is listed. Records that the run made stay. Look at the plan, then apply it.',
    run: 'The run, such as r-000207.',
    nextSave: (run: string) => `tierlink undo ${run} --out undo.plan`,
  },
  approve: {
    summary: 'Let a plan write what needs an approval: tiers that go down, or very many records.',
    file: 'The plan file.',
    reason: 'Why, for the audit.',
    approved: (id: string) => `Plan ${id} is approved with what is chosen in it now.`,
    asks: 'Why is it approved?',
    next: (file: string) => `tierlink apply ${file}`,
  },
  compared: (records: string, places: string) => `Compared ${records} with ${places}.`,
  undoes: (run: string, places: string) => `Puts back what run ${run} wrote to ${places}.`,
  wroteAndHolds: (wrote: string, holds: string) => `the run wrote ${wrote}; the CRM holds ${holds}`,
  leftCount: (count: string) => `${count} left alone`,
  legend: '+ create   ~ update   ! conflict   > tier   . link   = unchanged          nothing is ever deleted',
  noChanges: 'No changes: both sides agree.',
  first: (shown: string, total: string) => `... the first ${shown} of ${total}; all: --all`,
  tierDown: 'TIER DOWN, needs approval',
  waits: 'waits for an approval',
  leftAlone: 'left alone unless you choose: tierlink plan choose',
  atWriting: '(the moment of writing)',
  total: (parts: readonly string[]) => `Plan: ${parts.join(', ')}.`,
  tiers: (up: number, down: number, held: number) =>
    `Tiers: ${up} up, ${down} down${held > 0 ? ` (${held} wait for an approval)` : ''}.`,
  writeBackIsOn: 'Write-back is on: the next sync writes what no plan has written by then.',
  cost: (calls: string) => `Cost: about ${calls}.`,
} as const;
