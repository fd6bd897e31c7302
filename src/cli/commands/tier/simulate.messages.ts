import { noTier, nothingHeld } from '../../../model/states.ts';

export const text = {
  summary:
    'Evaluate partners with other inputs than they have: what would be met, and which tier follows; nothing is stored.',
  description: `A KPI, by its key or its name, is set to a figure in its unit (250000, "250000 EUR", 36.5), an attribute of the partner to its value
(partner.country=SE; several types with commas). A blank value is none. A file supposes something of several partners: CSV
with the columns partner, name and value, or YAML with the names and values under each partner.`,
  partner: 'Name, the beginning of one, its number, or an id of ours, of the CRM or of its file.',
  set: 'What is supposed; repeat it for several.',
  file: 'A file with what is supposed of several partners.',
  needsInput: 'Name a partner and give --set, or give --file',
  notBoth: 'Give --file alone: it names its partners',
  noTier,
  nothingHeld,
  noLadder: 'on no ladder',
  outside: (name: string) => `${name} is on no ladder, as without the change`,
  byRules: (name: string, before: string, after: string) => `${name}: by the figures ${before} -> ${after}`,
  unchanged: (name: string, tier: string) => `${name}: by the figures ${tier}, as without the change`,
  inForce: (tier: string) => `. In force: ${tier}.`,
  stands: (tier: string, status: string, day: string) =>
    `An evaluation today (${day}) would give ${tier}: ${status}.`,
  unasked: (kpi: string, instead: readonly string[]) =>
    `No tier rests on ${kpi}, so supposing it changes nothing${instead.length === 0 ? '' : `. Asked for are ${instead.join(', ')}`}.`,
  columns: (tier: string) => [`FOR ${tier.toUpperCase()}`, 'NEEDS', 'HAS', 'SUPPOSED', 'RESULT', 'GAP'],
  next: (partner: string) => `tierlink tier why "${partner}"`,
  nextKpis: (partner: string) => `tierlink kpi show "${partner}"`,
} as const;
