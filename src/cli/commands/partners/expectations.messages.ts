export const text = {
  summary: 'Show what is expected of partners, and of the vendor for them: due, overdue and done.',
  description: `The steps of the ramp of new partners and the responsibilities that the program file expects something of. What is seen by a
fact is recorded with tierlink fact set. Of one partner all of it is shown; of all partners what is not done, the oldest first.`,
  partner:
    'Name, the beginning of one, its number, or an id of ours, of the CRM or of its file. (Default: all partners)',
  overdue: 'Only what is overdue.',
  by: 'Only what is up to this side.',
  all: 'Of all partners, also what is done.',
  none: 'The program expects nothing: ramp and responsibilities in its file.',
  nothing: 'Nothing is open.',
  title: (partner: string | null, asOf: string) =>
    `Expectations${partner === null ? '' : `: ${partner}`}   as of ${asOf}`,
  columns: ['PARTNER', 'EXPECTED', 'UP TO', 'SEEN BY', 'HAS', 'STATE', 'MISSED'],
  missedUnknown: 'not known',
  ramp: (label: string) => `Ramp: ${label}`,
  states: {
    done: (label: string) => label,
    due: (label: string, day: string) => `${label} by ${day}`,
    overdue: (label: string, day: string) => `${label} since ${day}`,
    unknown: (label: string) => label,
  },
  because: (state: string, reason: string) => `${state}: ${reason}`,
  next: (partner: string) => `tierlink partners expectations "${partner}"`,
} as const;
