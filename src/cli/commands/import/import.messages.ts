export const text = {
  summary: {
    partners: 'Bring in partners that no CRM holds, from a CSV file.',
    deals: 'Bring in deals that no CRM holds, with the partners that they credit, from a CSV file.',
    certifications: 'Bring in certifications that no CRM holds, from a CSV file.',
    leads: 'Bring in leads from a CSV file.',
    people: 'Bring in people from a CSV file.',
    facts: 'Bring in other dated measures, such as usage or spend, from a CSV file.',
  },
  description: (columns: string) => `All rows or none, in one step. The same file again changes nothing.

Columns: ${columns}`,
  file: 'The CSV file: UTF-8, comma, semicolon or tab, with a header.',
  dryRun: 'Check every row and keep nothing.',
  skipInvalid: 'Import the good rows although others have errors.',
  remove:
    'Take the records that the rows of the file mean out of the program, until they are imported again. Not partners and people.',
  errors:
    'File for the rows with errors and all else that is told of rows: correct it and import it. Written also where nothing is imported.',
  force: 'Replace the file of --errors where it exists.',
  more: (count: string) => `${count} more: --errors FILE writes all.`,
  errorsWritten: (file: string) => `All of it is in ${file}.`,
  completeTo:
    'Last day that the file holds. (Default: of facts, by kind, the newest day in it that is not ahead; else today)',
  ahead: (day: string) => `--complete-to ${day} is ahead: nothing is complete to a day that has not come`,
  completeOf: (object: string) => `Complete: ${object}`,
  inPart: 'in part only: rows were left out',
  asBefore: (day: string) => `${day}, as before: rows were left out`,
  notNamed: (line: string) => `${line}; no KPI of the program names this kind`,
  lacking:
    'Figures go by files up to the day under "Complete". It stays where it is, whatever files come after, until the rows that were left out are here and somebody says so with --complete-to.',
  nextErrors: (kind: string, file: string, written: string) =>
    `tierlink import ${kind} "${file}"${written} --dry-run --errors wrong.csv        (writes the rows that were left out, to be corrected)`,
  nextComplete: (kind: string, file: string, written: string) =>
    `tierlink import ${kind} "${file}"${written} --complete-to YYYY-MM-DD        (once they are corrected there; the last day that the whole file holds)`,
  nextSayComplete: (kind: string, file: string, written: string) =>
    `tierlink import ${kind} "${file}"${written} --complete-to YYYY-MM-DD        (if no row is missing any more up to that day)`,
  dayStays:
    'Where files hold more of it, that is complete to the same day as before; say another one with --complete-to.',
  done: (file: string, rows: string) => `${file}: ${rows}`,
  dry: 'Nothing was kept: this was a dry run.',
  counts: {
    removed: 'Removed',
    repeated: 'Of these repeated',
    people: 'People added',
    customers: 'Customers added',
    customersChanged: 'Customers changed',
  },
  waiting: (rows: string) => `${rows} for another record:`,
  ignored: (cells: string) => `${cells} changed nothing; a CRM holds what they are about:`,
  ownColumns: 'extra.<name> (an attribute of your own that the program declares)',
  errorColumns: ['LINE', 'COLUMN', 'VALUE', 'REASON'],
  changedMeanwhile: 'it changed while it was read',
  tryAgain: 'Run the command again once nobody writes to it.',
  checkPath: 'Check the path: it is the one file to import.',
  decimals:
    'What decimals come after; thousands may then be set apart as well. (Default: a point, and nothing between thousands; a number such as 1.234 is an error where nothing in the file tells)',
  days: 'How days are written beside YYYY-MM-DD: dmy (31.12.2026, 31/12/2026) or mdy (12/31/2026).',
  asWritten:
    'Take texts and ids as they stand, also those that look as if a spreadsheet had spoilt them: 12 where 0012 is known, #N/A, 1.2E+10.',
  nextImport: (
    kind: string,
    file: string,
    flags: { written: string; skipInvalid: boolean; remove: boolean; completeTo: string | undefined },
  ) =>
    [
      `tierlink import ${kind} "${file}"${flags.written}`,
      ...(flags.skipInvalid ? ['--skip-invalid'] : []),
      ...(flags.remove ? ['--remove'] : []),
      ...(flags.completeTo === undefined ? [] : [`--complete-to ${flags.completeTo}`]),
      '       (keeps it)',
    ].join(' '),
  nextSync: 'tierlink sync        (measures and decides with it)',
  nextConnect:
    'tierlink connect        (no CRM is; where files are all there is, leave connections empty in tierlink.yaml: tierlink sync)',
} as const;
