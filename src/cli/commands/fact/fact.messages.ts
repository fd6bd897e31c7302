export const text = {
  partner: 'Name, the beginning of one, its number, or an id of ours, of the CRM or of its file.',
  whole: 'Whole name, or an id of ours, of the CRM or of its file.',
  kind: 'Kind of the fact, such as invitation or business-plan.',
  set: {
    summary: 'Record a dated fact about a partner by hand, such as an invitation or a plan on file.',
    description: `A requirement \`fact: KIND\` of the program is met while such a fact is valid, wherever it comes from: this
command, \`import facts\` (expires_on, author and reason are columns) or a CRM. KPIs can count facts as well.`,
    until: 'Last day on which it is valid. (Default: no end)',
    from: 'First day. (Default: today)',
    reason: 'Why, or where it is kept.',
    author: 'Who says so. (Default: you)',
    ask: 'The reason',
    done: (partner: string, kind: string, from: string, until: string | null) =>
      `${partner}: ${kind} from ${from}${until === null ? '' : ` to ${until}`}.`,
    notAsked: (kind: string, asked: string) =>
      `Nothing in the program asks for "${kind}"${asked === '' ? '' : `; those asked for are ${asked}`}.`,
  },
  end: {
    summary: 'End the facts of a kind about a partner: from today on they are not valid.',
    done: (partner: string, kind: string) => `${partner}: ${kind} is not valid any more.`,
  },
  list: {
    summary: 'List the dated facts about a partner, with validity, author and reason.',
    columns: ['KIND', 'FROM', 'THROUGH', 'VALID', 'BY', 'REASON'],
    none: 'There is none.',
    valid: 'yes',
    invalid: 'no',
  },
  next: 'tierlink sync        (figures and tiers follow)',
} as const;
