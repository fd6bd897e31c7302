interface Said {
  needs: string;
  has: string;
}

export const text = {
  summary: 'Forecast who is about to lose or gain a tier by time alone, when and why; nothing is stored.',
  description: `Evaluates each partner as of the coming days on which something changes for it: certificates that end, records
that leave a window, reviews, the ends of grace, ramp and overrides, new versions of the rules. The records are those of
today: what is won, renewed or read until then is not foreseen.`,
  partner:
    'Name, the beginning of one, its number, or an id of ours, of the CRM or of its file. (Default: everybody)',
  within: 'How many days to look ahead, such as 90d; a year at most. (Default: 90d)',
  notDays: 'It must be a number of days from 1 to 366, such as 90d.',
  head: (from: string, to: string) => `${from} to ${to}, with the records of today:`,
  nothing: (partners: string, to: string) => `Nothing moves by time alone for ${partners} until ${to}.`,
  noTiers: 'This program has no tiers; it measures partners only. See: tierlink kpi list',
  columns: ['ON', 'PARTNER', 'WHAT', 'FROM', 'TO', 'WHY'],
  flipped: (label: string, before: Said, after: Said) =>
    before.needs === after.needs
      ? `${label} ${before.has} -> ${after.has} (${after.needs} needed)`
      : `${label} ${before.has} -> ${after.has} (needed: ${before.needs} -> ${after.needs})`,
  /** What is on file needs no limit beside it. */
  fact: (label: string, before: Said, after: Said) => `${label} ${before.has} -> ${after.has}`,
  notOnFile: (label: string, has: string) => (has === '-' ? `${label}: not on file` : `${label} ${has}`),
  missing: (label: string, has: string, needs: string) => `${label} ${has} (${needs} needed)`,
  changes: { added: 'added', began: 'counts', changed: 'changed', ended: 'ends', gone: 'gone' },
  records: (names: string, what: string) => `${what.includes(': ') ? `${names}: ` : `${names} `}${what}`,
  times: (name: string, count: number) => (count === 1 ? name : `${count} x ${name}`),
  counts: (parts: string) => `${parts}.`,
  lose: (partners: string) => `${partners} would go down`,
  risk: (partners: string) => `${partners} at risk or warned`,
  gain: (partners: string) => `${partners} would go up`,
  next: (partner: string) => `tierlink tier why "${partner}"`,
} as const;
