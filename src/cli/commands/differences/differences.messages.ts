import { formatCount } from '../../format.ts';

export const text = {
  list: {
    summary: 'List fields on which the CRM and the program disagree; nothing of them was overwritten.',
    object: 'Of one CRM object.',
    columns: ['RECORD', 'CONNECTION', 'FIELD', 'OURS', 'SET BY', 'THEIRS', 'SET BY', 'DECIDED'],
    by: (who: string, at: string) => `${who}, ${at}`,
    program: 'the program',
    somebody: 'somebody',
    groupColumns: ['FIELD', 'CONNECTION', 'WHAT HAPPENED', 'COUNT', 'TO DECIDE ALL'],
    decideAll: (field: string, object: string) =>
      `differences resolve --all --object ${object} --attribute ${field} --take ours`,
    kinds: {
      drift: 'changed by hand, the program owns it',
      conflict: 'changed on both sides',
    } as Readonly<Record<string, string>>,
    none: 'Both sides agree.',
    decided: (until: string) => `kept as an override until ${until}; settled with the next sync`,
    nextOurs: (record: string) =>
      `tierlink differences resolve "${record}" --take ours        (the CRM is told)`,
    nextTheirs: (record: string) =>
      `tierlink differences resolve "${record}" --take theirs        (the program takes it)`,
    nextOverride: (record: string) =>
      `tierlink differences resolve "${record}" --take theirs --reason "..." --until YYYY-MM-DD        (the tier becomes an override)`,
    nextPolicy: (field: string, object: string) =>
      `tierlink differences policy ${field} --object ${object} --wins crm        (and from now on)`,
    nextSync: 'tierlink sync        (evaluates, and settles what was decided)',
  },
  policy: {
    summary:
      'Turn a decision into a line of the mapping: who wins from now on when both sides changed a field.',
    description:
      'crm and program decide the open conflicts of the field as well. newest: the later change wins. ask: a person decides each time.',
    field: 'The field, by its name in the CRM or ours.',
    wins: 'Who wins.',
    asks: 'Who wins: crm, program, newest or ask',
    written: (file: string, attribute: string, before: string, wins: string) =>
      `${file}: ${attribute}: policy ${before} -> ${wins}`,
    next: 'tierlink map check',
  },
  resolve: {
    summary: 'Decide which value stays where the CRM and the program disagree.',
    description:
      'ours: the CRM is told with the next sync. theirs: the program takes the value; a tier becomes an override.',
    record: 'Name of the partner, or an id of ours, of the CRM or of its file. Without it: --all.',
    take: 'Whose value stays.',
    attribute: 'Only this field of ours, such as tier.',
    kind: 'Only what was changed on both sides (conflict), or by hand where the program owns it (drift).',
    all: 'Every difference that is not decided yet.',
    reason: 'Why, for a tier that is kept as an override.',
    until: 'Last day of that override.',
    which: 'Say which: a record, or --all.',
    done: (count: string) => `${count} resolved.`,
    before: (count: string) =>
      `${count} decided before: an override keeps the tier, and the next sync settles it. To take that back, end it: tierlink tier override <partner> --end`,
    unfit: (count: number) =>
      count === 1
        ? 'One value of ours will not be written: the CRM would refuse it. Until it is another one here, the CRM keeps its own:'
        : `${formatCount(count)} values of ours will not be written: the CRM would refuse them. Until they are others here, the CRM keeps its own:`,
    unfitOne: (record: string, code: string, message: string) => `${record}: ${code}, ${message}`,
    nextUnfit: 'tierlink rejects list        (after the sync: what was not written, and why)',
    asks: {
      take: 'Whose value stays: ours or theirs',
      reason: 'The reason for the override',
      until: 'Its last day (YYYY-MM-DD)',
    },
    next: 'tierlink sync',
  },
} as const;
