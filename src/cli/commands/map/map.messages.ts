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
    description: `Without an argument all mappings are checked and only what is found is said. With the names of objects, entities or
mappings these alone are shown, with a line for each field.`,
    mappings: 'Objects, entities or mappings to show field by field. (Default: findings of all)',
    offline: 'Check the files only; ask no CRM.',
    unknown: (word: string, known: string) => `No mapping has the object or entity ${word}${known}`,
    oneOf: (known: string) => `; use one of: ${known}.`,
    as: (object: string, entity: string) => `${object} as ${entity}`,
    absent: (object: string) => `The CRM does not show ${object}; nothing is read from it or written to it.`,
    columns: ['ATTRIBUTE', 'CRM FIELD', 'LABEL', 'TYPE', 'DIRECTION', 'TRANSFORM', 'RESULT'],
    otherwise: (field: string, otherwise: string) => `${field}, else ${otherwise}`,
    results: { ok: 'ok', error: 'error', warn: 'warning', question: 'question', unchecked: 'not checked' },
    meaning: {
      plain: 'as it is',
      values: (map: readonly (readonly [string, string])[]) =>
        map.length > 5
          ? `${map.length} values translated`
          : map.map(([theirs, ours]) => (theirs === ours ? ours : `${theirs} = ${ours}`)).join(', '),
      others: { keep: 'others as they are', blank: 'others blank', reject: 'others refused' },
      money: (currency: string | undefined) =>
        currency === undefined ? 'amount in the currency of the org' : `amount, currency ${currency}`,
      dateOfInstant: (zone: string | undefined) => `its day in ${zone ?? 'the zone of the program'}`,
      list: (separator: string) => `list with "${separator}" between`,
      reference: (entity: string | undefined, object: string | undefined) =>
        `the ${entity ?? 'record'} that it points to${object === undefined ? '' : ` (${object})`}`,
      named: (object: string, field: string) => `${field} of the ${object} that it points to`,
      equals: (value: string) => `yes where it is ${value}`,
      always: (value: string) => `always ${value}`,
      otherwise: (value: string) => `blank is ${value}`,
      credit: (role: string, share: string) => `credits the partner as ${role}, ${share} %`,
      onCreate: (field: string) => `written to ${field} when it is created`,
      ourId: 'our id',
    },
    ok: (count: string) => `${count}: nothing to mend.`,
    counts: (errors: string, warnings: string, questions: string) => `${errors}, ${warnings}, ${questions}.`,
    fix: (fix: string) => `fix: ${fix}`,
    setUp: (path: string) => `in the CRM: ${path}`,
    nextAgain: 'tierlink map check        (once the files are mended; it asks the CRM then)',
    nextInstall: (alias: string) =>
      `tierlink install source --connection ${alias}        (when fields of ours are missing)`,
    nextSync: 'tierlink sync --dry-run',
  },
  suggest: {
    summary: "Guess from the CRM's live metadata which field each attribute is, with reason and score.",
    description: `Lines that fit stay as they are; for the others the likeliest field is named, and what remains open is said.
With --write the guesses go into the mapping file, comments and all else as they were; an object without a mapping gets a
file. Lines that a person wrote, guesses with an equal rival and those below 70 are never written: paste them. Writes nothing to the CRM.`,
    asked: 'Object, entity or mapping. (Default: all mappings of records that come from the CRM)',
    entity: 'What the records of an object are that has no mapping, such as deal.',
    write: 'Write what is sure enough to the mapping files.',
    offline: 'Use the metadata that was kept last, ask no CRM and count nothing.',
    title: (object: string, entity: string, file: string) => `${object} as ${entity}  (${file})`,
    columns: ['ATTRIBUTE', 'CRM FIELD', 'SCORE', 'WHY'],
    from: (field: string) => `<- ${field}`,
    or: (fields: string) => `as likely: ${fields}`,
    byHand: 'this line was written by hand and is left alone',
    open: (attribute: string, reason: string) => `?   ${attribute}: ${reason}`,
    paste: 'To paste under attributes:',
    diff: (file: string, isWritten: boolean) =>
      `${isWritten ? 'Written to' : '--write would change'} ${file}:`,
    counts: (kept: number, guessed: number, open: number) =>
      `${kept} as mapped, ${guessed} suggested, ${open} open.`,
    nextWrite: (asked: string | undefined) =>
      `tierlink map suggest${asked === undefined ? '' : ` ${asked}`} --write        (puts the suggestions into the files)`,
    nextCheck: 'tierlink map check',
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
