export const text = {
  list: {
    summary:
      'List the mappings: which CRM object becomes what, which records take part, who owns the fields.',
    columns: ['MAPPING', 'OBJECT', 'BECOMES', 'RECORDS', 'IN', 'OUT', 'BOTH'],
    all: 'all',
    creates: 'we create them',
    optional: 'if the CRM has it',
  },
  check: {
    summary:
      "Check the mapping files and compare them with the CRM's live metadata; each finding has its place and fix.",
    offline: 'Check the files only; ask no CRM.',
    ok: (count: string) => `${count}: nothing to mend.`,
    counts: (errors: string, warnings: string, questions: string) => `${errors}, ${warnings}, ${questions}.`,
    fix: (fix: string) => `fix: ${fix}`,
    nextAgain: 'tierlink map check        (once the files are mended; it asks the CRM then)',
    nextInstall: (alias: string) =>
      `tierlink install source --connection ${alias}        (when fields of ours are missing)`,
    nextSync: 'tierlink sync --dry-run',
  },
  test: {
    summary: 'Show one record both ways: what the CRM has, what it becomes, what we would write.',
    record: 'Its id in the CRM, or ours, or the name of a partner.',
    object: 'CRM object, where the id does not tell.',
    columns: ['ATTRIBUTE', 'CRM FIELD', 'DIRECTION', 'IN THE CRM', 'BECOMES', 'OURS'],
    title: (object: string, id: string) => `${object} ${id}`,
    as: (entity: string, mapping: string, state: string) => `As ${entity} (${mapping}): ${state}`,
    states: {
      live: 'linked and in step',
      out_of_scope: 'linked, but no longer in scope',
      deleted: 'deleted in the CRM',
      merged: 'merged into another record',
      none: 'not linked: out of scope, or not read yet',
    } as Readonly<Record<string, string>>,
    unreadable: '(cannot be read)',
    written: '(the program writes it)',
    writtenOnce: {
      tiers_not_owned: '(the program writes it once it owns the tiers)',
      write_back_off: '(the program writes it once write-back is on)',
    },
    invalid: (reason: string) => `INVALID: ${reason}`,
    reference: (id: string) => `-> ${id}`,
    next: (object: string) => `tierlink sync --object ${object}`,
  },
} as const;
