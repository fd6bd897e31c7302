export const text = {
  list: {
    summary: 'List fields on which the CRM and the program disagree; nothing of them was overwritten.',
    object: 'Of one CRM object.',
    columns: ['RECORD', 'FIELD', 'KIND', 'OURS', 'THEIRS', 'SINCE'],
    kinds: {
      drift: 'changed by hand, the program owns it',
      conflict: 'changed on both sides',
    } as Readonly<Record<string, string>>,
    none: 'Both sides agree.',
    next: (record: string) => [
      `tierlink differences resolve "${record}" --take ours        (the CRM is told)`,
      `tierlink differences resolve "${record}" --take theirs        (the program takes it; a tier becomes an override)`,
    ],
  },
  resolve: {
    summary: 'Decide which value stays where the CRM and the program disagree.',
    description:
      'ours: the CRM is told with the next sync. theirs: the program takes the value; a tier becomes an override.',
    record: 'Name of the partner, or an id of ours or of the CRM. Without it: --all.',
    take: 'Whose value stays.',
    attribute: 'Only this field of ours, such as tier.',
    all: 'Every difference.',
    reason: 'Why, for a tier that is kept as an override.',
    until: 'Last day of that override.',
    which: 'Say which: a record, or --all.',
    done: (count: string) => `${count} resolved.`,
    asks: {
      take: 'Whose value stays: ours or theirs',
      reason: 'The reason for the override',
      until: 'Its last day (YYYY-MM-DD)',
    },
    next: 'tierlink sync',
  },
} as const;
