export const text = {
  summary: 'Show the success factors of the program for a partner, or all partners beside each other.',
  description: `Each factor with the KPIs that measure it: the figure, the target, and how much of it is reached. The target is that of the
factor in the program file, else what the next tier asks for. Without a partner all that take part are listed, the weakest in one
factor first; prospects, applicants and those who left do not.`,
  partner:
    'Name, the beginning of one, its number, or an id of ours, of the CRM or of its file. (Default: all that take part)',
  factor:
    'Only this success factor, by its key or label; a list begins with who is weakest in it. (Default: the first of the program)',
  type: 'Only partners of this type, by its key or label.',
  badFactor: (word: string, known: string) =>
    known === ''
      ? '--factor: the program has no success factors.'
      : `--factor: the program has no success factor "${word}". Use one of: ${known}.`,
  title: (partner: string, program: string, asOf: string) => `${partner} in ${program}   as of ${asOf}`,
  listTitle: (factor: string, asOf: string) => `Weakest first: ${factor}   as of ${asOf}`,
  noFactors: 'The program names no success factors: successFactors in its file.',
  none: 'No partner fits, or none has been read yet.',
  factorLine: (rank: number, label: string) => `${rank}. ${label}`,
  columns: ['KPI', 'FIGURE', 'TARGET', 'OF', 'REACHED', 'STATE', 'DATA'],
  ofFactor: 'program',
  enough: 'Not needed',
  partnerColumn: 'PARTNER',
  tierColumn: 'TIER',
  legend: (column: string, factor: string) => `${column}: ${factor}`,
  reachedColumn: 'REACHED',
  stateColumn: 'STATE',
  share: (percent: string) => `${percent} %`,
  beside: (has: string, target: string) => `${has} of ${target}`,
  nextOne: (partner: string) => `tierlink partners scorecard "${partner}"`,
  nextKpi: (partner: string, kpi: string) => `tierlink kpi show "${partner}" ${kpi} --records`,
  nextSync: 'tierlink sync',
} as const;
