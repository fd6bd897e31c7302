export const text = {
  summary:
    'Write partners, deals, figures, tiers, decisions, links and all other tables to files for a spreadsheet.',
  description: `One table becomes one file, of the name that is given; several, or --all, become files in that folder, each called after its
table. Every file is written whole or not at all. docs/export.md lists tables and columns.`,
  tables: 'Tables, such as partners, deals or kpi-periods.',
  all: 'Every table.',
  csv: 'Write CSV files (UTF-8, RFC 4180).',
  jsonl: 'Write JSON files, one object per line.',
  force: 'Replace files that are there.',
  oneFormat: 'Give one of --csv and --jsonl, with the file or folder to write to.',
  someTables: (known: string) => `Name tables, or give --all. The tables: ${known}.`,
  notBoth: 'Give tables or --all, not both.',
  badTable: (word: string, hint: string) => `There is no table "${word}"${hint}`,
  listTables: (known: string) => `. The tables: ${known}.`,
  columns: ['TABLE', 'ROWS', 'FILE'],
  wrote: (files: string, rows: string) => `Wrote ${files} with ${rows}.`,
  doing: (table: string) => `Writing ${table} ...`,
} as const;
