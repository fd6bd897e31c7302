import { markdownRow } from './markdown-row.ts';
import { causeNames, mismatchCauses } from './mismatch-causes.ts';
import { type StateThing, states } from './states.ts';

const titles: Readonly<Record<StateThing, string>> = {
  connection: 'Connection',
  run: 'Run',
  record: 'Record',
  requirement: 'Requirement',
  decision: 'Tier decision',
  kpi: 'KPI value',
  match: 'Match',
  link: 'Link of a record of the CRM to one of ours',
  approval: 'Approval, and each change in it',
  alert: 'Alert',
  verification: 'Verification of a connection, and of each object in it',
  goal: 'Goal of the program',
  expectation: 'Expectation of a partner, or of the vendor for it',
  limit: 'Expectation that is a limit',
  benefit: 'Benefit of a partner',
};

/** The text of docs/states.md, made from the table of states. */
export function statesPage(): string {
  const sections = (Object.keys(states) as StateThing[]).map(section);
  return `# States

One table of states for the command line, the API, logs and CRM records. Codes are what \`--json\` and the store hold;
labels are what people read. *Waiting* heals by itself; *action* needs a person.

${sections.join('\n')}
## Cause of a difference

What \`tierlink verify\` calls a record that is not here as the CRM has it. *Explained*: the record was read, and is waiting
for somebody or something that is told elsewhere too; it does not keep a connection from being verified.

${causeRows().join('\n')}
`;
}

function causeRows(): string[] {
  return [
    cells('Code', 'Label', 'Meaning', 'Explained'),
    cells(...Array(4).fill('---')),
    ...causeNames.map((cause) => {
      const { label, meaning, isKnown } = mismatchCauses[cause];
      return cells(`\`${cause}\``, label, meaning, isKnown ? 'yes' : '');
    }),
  ];
}

function section(thing: StateThing): string {
  const rows = Object.entries(states[thing]).map(([code, state]) =>
    cells(`\`${code}\``, state.label, state.meaning, state.trouble, state.next ?? '', state.then.join(', ')),
  );
  const head = [
    cells('Code', 'Label', 'Meaning', 'Trouble', 'Next step', 'May be followed by'),
    cells(...Array(6).fill('---')),
  ];
  return `## ${titles[thing]}\n\n${[...head, ...rows].join('\n')}\n`;
}

function cells(...texts: string[]): string {
  return markdownRow(texts);
}
