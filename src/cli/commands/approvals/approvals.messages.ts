export const text = {
  id: 'Its id, such as a-000012.',
  list: {
    summary: 'List changes of tiers that wait until a person approves or rejects them.',
    all: 'List also those that were decided.',
    columns: ['ID', 'STATE', 'UP', 'DOWN', 'BECAUSE', 'SINCE', 'DECIDED BY'],
    none: 'No change of a tier waits for an approval.',
    noneEver: 'No change of a tier was ever held.',
    next: (id: string) => `tierlink approvals show ${id}`,
  },
  show: {
    summary: 'Show an approval: every partner in it, from which tier to which, and why.',
    because: 'Because',
    asOf: 'As of',
    version: 'Program',
    decided: 'Decided',
    decidedBy: (by: string, at: string) => `by ${by}, ${at}`,
    reason: 'Reason',
    columns: ['PARTNER', 'FROM', 'TO', 'STATE', 'WHY'],
    until: (day: string) => `not proposed again before ${day}`,
    nextApprove: (id: string) => `tierlink approvals approve ${id}`,
    nextReject: (id: string) => `tierlink approvals reject ${id} --reason "..."`,
    nextWhy: (partner: string) => `tierlink tier why "${partner}"`,
  },
  approve: {
    summary: 'Approve changes of tiers; the next evaluation makes them as they were shown.',
    description: `Makes exactly what \`approvals show\` lists. Who would not move, or would move to another tier or for another
reason by then, is left out, and the list says so; amounts may differ as long as the same requirements are met or missing. A
rise counts from the day on which it was first held, a fall from the day on which it is made.`,
    ids: 'Their ids, such as a-000012.',
    reason: 'Why; kept with each decision.',
    done: (id: string, changes: string) => `${id}: ${changes} approved; the next evaluation makes them.`,
    next: 'tierlink sync        (makes them and writes them back)',
  },
  reject: {
    summary: 'Reject changes of tiers: the tiers stay as they are.',
    description: `The tiers stay until what a change rests on changes (another tier, or other requirements that are met or
missing), or until the next review; then they are proposed again.`,
    reason: 'Why; kept with each decision.',
    ask: 'The reason',
    done: (id: string, changes: string) => `${id}: ${changes} rejected; the tiers stay as they are.`,
    next: 'tierlink sync        (notes it with each partner)',
  },
} as const;
