export const text = {
  summary: 'Show the goals of the program beside what came of them so far.',
  description: `New partners are those in the program today whose first day lies in the period. A KPI goal adds up the figures of
all partners: in the running period those of today, of one that is over those of all its days.`,
  period:
    'The goals whose period is this one, or has its last day in it, such as 2026-Q3. (Default: the running ones)',
  title: (program: string, asOf: string) => `Goals of ${program}   as of ${asOf}`,
  none: 'The program has no goals for that time: goals in its file.',
  everybody: 'all partners',
  columns: ['GOAL', 'FOR', 'PERIOD', 'STATE', 'SO FAR', 'OF', 'REACHED', 'NOT KNOWN'],
  window: (label: string, days: string) => `  ${label}: the figure is that of ${days}.`,
  left: (days: string) => `${days} left`,
  share: (percent: string) => `${percent} %`,
  next: 'tierlink program show',
} as const;
