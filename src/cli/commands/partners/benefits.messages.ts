export const text = {
  summary: 'Show the benefits that partners have, and which deliveries are due and overdue.',
  description: `What the tiers in force give, and what every partner has, as the program file says it (benefits). A delivery is recorded with
tierlink fact set. Of one partner all benefits are shown; of all partners those that are due and overdue, the oldest first.`,
  partner:
    'Name, the beginning of one, its number, or an id of ours, of the CRM or of its file. (Default: all partners)',
  all: 'Of all partners, also what was delivered and what is not delivered one by one.',
  none: 'The program has no benefits: benefits in its file.',
  nothing: 'Nothing is due.',
  title: (partner: string | null, asOf: string) =>
    `Benefits${partner === null ? '' : ` of ${partner}`}   as of ${asOf}`,
  columns: ['PARTNER', 'BENEFIT', 'AMOUNT', 'DELIVERED', 'LAST', 'STATE'],
  given: (amount: string | null, tier: string) => (amount === null ? tier : `${amount} (${tier})`),
  until: {
    due: (label: string, day: string) => `${label} by ${day}`,
    overdue: (label: string, day: string) => `${label} since ${day}`,
  },
  of: (delivered: number, times: number) => `${delivered} of ${times}`,
  because: (state: string, reason: string) => `${state}: ${reason}`,
  late: (reason: string) => `Deliveries may be missing: ${reason}.`,
  next: (partner: string, fact: string) => `tierlink fact set "${partner}" "${fact}" --reason "..."`,
} as const;
