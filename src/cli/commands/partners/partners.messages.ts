export const text = {
  summary:
    'List partners with their tier, their first figure, and what is met and missing for the next tier.',
  type: 'Only partners of this type, by its key or label.',
  region:
    'Only partners of this region: one of the program or a group of them, by its key or label, else one as the CRM writes it.',
  tier: 'Only partners in this tier, by its label or key.',
  status: 'Only partners in this tier status, such as at_risk.',
  stage: 'Only partners in this state of their life cycle, such as prospect or applicant.',
  by: 'Order; by fit: the best fit with the ideal partner first, and where the others fall short. (Default: name; fit without tiers)',
  none: 'No partner fits, or none has been read yet.',
  apart: (partner: string, reason: string) => `${partner} takes no part in the program: ${reason}.`,
  titles: {
    partner: 'PARTNER',
    tier: 'TIER',
    status: 'STATUS',
    fit: 'FIT',
    stage: 'STAGE',
    weakest: 'FALLS SHORT IN',
    next: 'NEXT',
    requirements: 'REQUIREMENTS',
    beside: 'HOLDS BESIDE',
    asOf: 'AS OF',
  },
  short: (label: string, has: string, ideal: string) => `${label}: ${has} (ideal: ${ideal})`,
  keep: (tier: string) => `keep ${tier}`,
  badStatus: (word: string, known: string) => `--status: "${word}" is no tier status. Use one of: ${known}.`,
  badStage: (word: string, known: string) =>
    `--stage: "${word}" is no state of the life cycle of a partner. Use one of: ${known}.`,
  badTier: (word: string, known: string) =>
    known === ''
      ? '--tier: this program has no tiers.'
      : `--tier: the program has no tier "${word}". Use one of: ${known}.`,
  count: (count: string) => `${count}.`,
  countOutside: (count: string, outside: number) =>
    `${count}; ${outside} of them ${outside === 1 ? 'is' : 'are'} not in the program: prospects, applicants, and who is terminated.`,
  nextWhy: (partner: string) => `tierlink tier why "${partner}"`,
  noProfile:
    '--by fit: the program has no ideal profile (idealProfile in its file); the order is that of the names.',
  noFigure: 'error',
  nextKpis: (partner: string) => `tierlink kpi show "${partner}"`,
  nextSync: 'tierlink sync',
  show: {
    summary: 'Show one partner: its tier, and the record that it is in each connection with its address.',
    partner: 'Name, beginning of a name, id of the partner or id of a CRM record.',
    labels: {
      partner: 'Partner',
      id: 'Id',
      types: 'Types',
      place: 'Region, country',
      tier: 'Tier',
      status: 'Status',
      summary: 'Missing',
    },
    linkColumns: ['CONNECTION', 'RECORD', 'STATE', 'CHANGED', 'DIFFERS IN', 'ADDRESS'],
    noLinks: 'No connection holds it.',
    since: (tier: string, day: string) => `${tier} since ${day}`,
    nextWhy: (partner: string) => `tierlink tier why "${partner}"`,
    nextDifferences: 'tierlink differences list',
  },
} as const;
