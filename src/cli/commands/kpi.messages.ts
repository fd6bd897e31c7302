export const text = {
  list: {
    summary: "List the program's KPIs: what each says, its unit, and how its values stand.",
    columns: ['KPI', 'LABEL', 'UNIT', 'WITH A FIGURE', 'CURRENT', 'NOT CURRENT', 'WHAT IT SAYS'],
  },
  show: {
    summary: "Show a partner's KPI values; with a KPI and --records, the records behind one of them.",
    partner: 'Name, the beginning of one, or an id of ours or of the CRM.',
    kpi: 'One KPI. (Default: all)',
    records: 'List the records that count, and those left out with the reason.',
    needsKpi: '--records needs a KPI: tierlink kpi show <partner> <kpi> --records',
    title: (name: string, program: string) => `${name} in ${program}`,
    columns: ['KPI', 'VALUE', 'STATE', 'COUNTED', 'LEFT OUT', 'AS OF', 'COMPLETE TO'],
    counted: (count: string) => `Counted: ${count}`,
    leftOut: (count: string) => `Left out: ${count}`,
    others: (count: string) => `Compared with: ${count}`,
    parts: { of: 'part and whole', to: 'whole', met: 'met', unmet: 'fails', now: 'now', before: 'before' } as Record<string, string>,
    times: (factor: string) => `times ${factor}`,
    until: (day: string) => `counts through ${day}`,
    next: (partner: string, kpi: string) => `tierlink kpi show "${partner}" ${kpi} --records`,
    nextSync: 'tierlink sync        (computes them)',
    nextWhy: (partner: string) => `tierlink tier why "${partner}"`,
  },
} as const;
