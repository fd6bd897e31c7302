import { markdownRow } from '../model/markdown-row.ts';
import { exportTables } from './export.ts';
import type { ExportTable } from './export-columns.ts';

/** docs/export.md, made from the tables themselves. */
export function exportPage(): string {
  return `${[head, ...exportTables.map(section)].join('\n\n')}\n`;
}

const head = `# Exporting tables

<!-- Generated from src/app/export*.ts; do not edit. -->

\`tierlink export\` writes what Tierlink knows to files, for a spreadsheet or another system:

\`\`\`text
tierlink export partners --csv partners.csv
tierlink export deals credits --jsonl handover
tierlink export --all --csv tierlink-export
\`\`\`

- One table becomes the file that is named. Several tables, or \`--all\`, become files of a folder, each called after its table.
- Each file shows its table as it is at one moment. It is written whole or not at all, and none is replaced without \`--force\`.
- CSV is UTF-8 with a byte order mark, a line of column names and CR LF at the ends of lines. Texts that a spreadsheet would
  take for a formula begin with an apostrophe. Lists are joined with \`; \`. With \`--jsonl\` there is one JSON object per line.
- Numbers are exact decimals; amounts of money have their currency in a column of its own. In JSON, decimals are texts, so that
  no reader rounds them.
- Days are \`2026-09-30\`. Instants have the offset of the zone of the output, \`2026-09-30T12:02:09.120+02:00\`; \`--time-zone\`
  chooses it.
- The order of rows is the same in every export. Columns may be added at the end; none is renamed.
- Attributes of your own are columns at the end, \`extra.<name>\`.
- On the embedded store other commands and jobs wait while a file is written.

The audit as people read it, by partner, field or run, is in \`tierlink audit --csv\` ([The audit](audit.md)).`;

function section({ name, meaning, columns }: ExportTable): string {
  const rows = columns.map(({ name: own, type, meaning: says }) => markdownRow([`\`${own}\``, type, says]));
  return [`## ${name}`, '', meaning, '', '| column | value | meaning |', '|---|---|---|', ...rows].join('\n');
}
