export const text = {
  list: {
    summary: 'List what was refused or not used, grouped by cause; --held lists what waits for its parent.',
    object: 'Of one CRM object.',
    code: 'Of one code.',
    run: 'Of one run.',
    held: 'What waits for a record that it belongs to; it heals by itself.',
    none: 'Nothing is rejected or invalid.',
    noneHeld: 'Nothing is held.',
    connection: 'CONNECTION',
    heldColumns: ['RECORD', 'AS', 'WAITS FOR', 'AS ITS', 'UNTIL THEN', 'SINCE'],
    leftOut: 'left out',
    blank: 'counted without it',
    heldHint:
      'A record that is waited for is outside its mapping, invalid itself, or hidden from the user. Once it is read, these go on by themselves.',
    nextHeld: ['tierlink rejects list        (is one of them invalid?)', 'tierlink map check'],
    next: 'NEXT STEP BY CODE',
    nextShow: 'tierlink rejects show <id>        (one record in full)',
    nextRetry: 'tierlink rejects retry --code <code>',
  },
  show: {
    summary: 'Show one rejected record in full.',
    id: 'Its id, such as x-000012.',
    retry: (id: string, when: string) =>
      `tierlink rejects retry ${id}        (${when === 'by itself' ? 'now, instead of by itself' : when})`,
  },
  retry: {
    summary: 'Try rejected records again: one, a group, or all.',
    id: 'Its id. Without one, --code, --object or --all says which.',
    all: 'All of them.',
    which: 'Say which: an id, --code, --object or --all.',
    writes: ['write goes out again', 'writes go out again'],
    compared: ['record is compared again', 'records are compared again'],
    reads: ['record was read again', 'records were read again'],
    done: (parts: readonly string[]) => `${parts.join(', ')}.`,
    nothing: 'There is nothing to try again.',
    next: 'tierlink sync',
  },
} as const;
