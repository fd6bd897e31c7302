import { noTier } from '../../../model/states.ts';

export const text = {
  summary:
    'Show what a program would have done at past reviews: who would have held what, and how often tiers moved.',
  description: `Each review of a ladder is held again, as known right before it; of ladders that are reviewed each day, on the
first of months. Where that is not available, the records of today stand for it, marked as reconstructed. At the first
review everybody begins; then tiers move by the reviews, warnings and grace of the ladder. Waivers count as known then. Overrides and tiers kept by hand are left out. What tiers ask of
other ladders, now or in the months before, is what the reviews gave. Beside it stands what the benefits come to that
have an amount of money. Nothing is stored.`,
  file: 'The program file. (Default: the one of the project)',
  quarters: 'How many quarters back. (Default: 8)',
  ladder: (label: string) => `${label}:`,
  columns: ['REVIEW', 'RECORDS'],
  moves: ['UP', 'DOWN', 'JOINED', 'LEFT', 'THAN IN FORCE'],
  noTier: noTier.toUpperCase(),
  known: 'as known then',
  reconstructed: 'reconstructed',
  inForce: (higher: number, lower: number, partners: number) =>
    partners === 0 ? 'none then' : `${higher} higher, ${lower} lower of ${partners}`,
  why: (days: string, reason: string) => `Reconstructed from the records of today: ${days} (${reason}).`,
  churn: (moves: string, reviews: string) => `${moves} in ${reviews} after the first.`,
  cost: 'What the benefits of the tiers held come to until the next review:',
  costColumns: ['FROM', 'UNTIL', 'FALLS DUE', 'STANDING'],
  withoutMoney: (labels: string) => `Without an amount of money, and not in the cost: ${labels}.`,
  noBenefits: 'The program has no benefits, so nothing is said of what it costs.',
  noCost: 'Nobody would have had a benefit of an amount of money at these reviews.',
  noTiers: 'This program has no tiers; it measures partners only.',
  next: (inForce: string, file: string) => `tierlink program compare ${inForce} ${file}`,
} as const;
