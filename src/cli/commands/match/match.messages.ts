import type { MatchRule } from '../../../model/match-keys.ts';

/** By what two records are known, or thought, to be the same company. */
export const matchRuleWords: Readonly<Record<MatchRule, string>> = {
  number: 'same number',
  vat: 'same VAT or registration number',
  domain: 'same web domain',
  name: 'same name',
};

export const text = {
  rule: (rule: MatchRule, key: string) => `${matchRuleWords[rule]}: ${key}`,
  agreed: (keys: readonly { rule: MatchRule; key: string }[]) =>
    keys.map(({ rule, key }) => `${matchRuleWords[rule]}: ${key}`).join('; '),
  id: 'Its id, such as m-000012.',
  places: (connections: readonly string[]) => (connections.length === 0 ? '-' : connections.join(', ')),
  list: {
    summary: 'List records of several connections that may be, or are, the same company.',
    entity: 'Only partners or only customers.',
    state: 'Only in this state. (Default: those that wait for a decision, and those that were joined)',
    columns: ['ID', 'AS', 'STATE', 'ONE', 'IN', 'OTHER', 'IN', 'BECAUSE OF', 'SINCE'],
    none: 'No record of one connection looks like one of another.',
    nextShow: (id: string) => `tierlink match show ${id}        (both side by side)`,
    nextAccept: (id: string) => `tierlink match accept ${id}        (they are the same)`,
    nextRefuse: (id: string) => `tierlink match refuse ${id} --reason "..."        (they are not)`,
  },
  show: {
    summary: 'Show the two records of a match side by side.',
    columns: ['', 'ONE', 'OTHER'],
    because: 'Because of',
    since: 'Since',
    decided: 'Decided',
    decidedBy: (by: string, at: string) => `by ${by}, ${at}`,
    reason: 'Reason',
    record: 'Record',
    stays: (id: string) => `${id} (stays)`,
    in: 'In',
    nextUndo: (id: string) => `tierlink match undo ${id}        (they were joined by mistake)`,
  },
  accept: {
    summary: 'Join the two records of matches: they are the same company.',
    description: `The record of the connection that comes first in tierlink.yaml stays; links, deals and everything else of
the other one become its own. With --all --rule, proposals of that rule which leave a choice between several records are
left for you to decide one by one.`,
    ids: 'Their ids, such as m-000012. Without them: --all --rule.',
    all: 'Every proposal of one rule that leaves no choice.',
    rule: 'The rule of the proposals meant with --all.',
    which: 'Say which: ids, or --all with --rule.',
    done: (count: string) => `${count} joined.`,
    pair: (joined: string, survivor: string) => `  ${joined} is part of ${survivor} now.`,
    left: (count: string) => `${count} left: the choice is yours, or the records have changed.`,
    next: 'tierlink sync        (figures and tiers follow)',
  },
  refuse: {
    summary: 'Keep the two records of a match apart: they are not the same company.',
    reason: 'Why; it is kept with the decision.',
    ask: 'The reason',
    done: (id: string) => `${id} is refused. What the two share now never proposes them again.`,
  },
  undo: {
    summary: 'Take two records apart again that were joined by mistake.',
    description: `Links, deals and everything else go back to the record that they came with, and so does what its CRM has
said since. What was written into a CRM for the other one's sake is put back by the next sync, unless people have changed it
since; it reads these records of both connections in full.`,
    reason: 'Why; it is kept with the decision.',
    done: (joined: string, survivor: string) => `${joined} is a record of its own again, beside ${survivor}.`,
    reads: (connections: string) => `The next sync reads the records of ${connections} in full.`,
    next: 'tierlink sync',
  },
} as const;
