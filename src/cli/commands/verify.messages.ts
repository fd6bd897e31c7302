import { formatCount, formatMany } from '../format.ts';

export const text = {
  summary: 'Prove that everything that the CRM has is here, and name the cause of what is not.',
  description: `Reads what changed, then counts the records of both sides by the month in which they were made. Months whose counts
differ are read and compared record by record, and so are those whose turn it is: within the days that tierlink.yaml says
(verification: days), the values of all months are compared. Nothing is written to the CRM. A user who cannot see every
record proves nothing: then the answer is unknown, with the fix. What differs can be planned by its cause.`,
  object: 'Only this CRM object, or what is read as this entity.',
  full: 'Compare the values of every month now.',
  dryRun: 'Only tell about how many API calls it would take; none is made.',
  months: 'List every month with its counts.',
  examples: 'How many records of each cause to show. (Default: 5)',
  connection: (alias: string, state: string) => `${alias}: ${state}`,
  verifiedTo: (state: string, at: string) => `${state} complete to ${at}`,
  lastVerified: (state: string, at: string) => `${state}; verified complete to ${at} before`,
  columns: ['READ FROM', 'AS', 'RECORDS', 'MONTHS', 'VALUES COMPARED', 'STATE'],
  values: (months: number, of: number, since: string | null) =>
    since === null ? `${months} of ${formatMany(of, 'month')}` : `all, since ${since}`,
  because: (object: string, words: string) => `${object}: ${words}.`,
  differs: 'WHAT DIFFERS',
  cause: (label: string, records: number, where: string) =>
    `${label}: ${formatMany(records, 'record')} of ${where}`,
  unsettled: (count: number) => `${formatCount(count)} of them may have been on their way.`,
  notSettled: 'NOT SETTLED',
  unsettledMonth: (object: string, month: string | null, counted: number, here: number) =>
    `${object}, ${month === null ? 'records that do not tell when they were made' : `made in ${month}`}: the CRM counts ${formatCount(counted)}, ${formatCount(here)} ${here === 1 ? 'is' : 'are'} here`,
  movedMeanwhile: (count: number) =>
    `${formatMany(count, 'record')} of it changed while both sides were counted:`,
  nothingMoved:
    'None of its records that were read changed meanwhile: the CRM counts others than it shows, as when one is just being made or deleted.',
  notRecounted: 'It was counted once: the second count, which tells what was on its way, was refused.',
  looksAgain: 'The next verification counts it again. Until then the object is not verified anew.',
  example: (name: string, attributes: readonly string[]) =>
    attributes.length === 0 ? name : `${name} (${attributes.join(', ')})`,
  more: (count: number) => `and ${formatCount(count)} more`,
  monthColumns: ['OBJECT', 'AS', 'MONTH', 'IN THE CRM', 'HERE', 'ASIDE', 'VALUES COMPARED'],
  noMonth: 'not told',
  wouldTake: (connection: string, calls: number, records: number, months: number) =>
    `${connection}: about ${formatMany(calls, 'API call')}; the values of ${formatMany(records, 'record')} in ${formatMany(months, 'month')} would be compared. Months whose counts differ come on top.`,
  took: (run: string, calls: number) => `${run}: ${formatMany(calls, 'API call')}`,
  next: 'tierlink verify',
  skipped: (connection: string, reason: string) => `${connection}: ${reason}`,
} as const;
