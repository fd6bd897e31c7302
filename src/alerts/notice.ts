import type { Finding } from './conditions.ts';

/** One message for people, before it has the form of a channel. */
export interface Notice {
  /** The same in every channel and attempt: whoever has it already may drop it. */
  id: string;
  kind: 'opened' | 'closed' | 'digest' | 'test';
  /** ISO instant at which it was written. */
  at: string;
  /** The program that it is about. */
  program: string;
  title: string;
  /** What happened, a sentence for each line. */
  lines: string[];
  /** Of an alert; null otherwise. */
  alert: { key: string; condition: string; connection: string | null; since: string } | null;
  /** Whose job it is; null: nobody's. */
  owner: string | null;
  /** What to do, the best first. */
  next: string[];
}

/** Who writes, and when. */
export interface Letterhead {
  id: string;
  at: string;
  program: string;
}

const titles: Readonly<Record<Finding['condition'], string>> = {
  connection: 'a connection needs attention',
  runs: 'runs keep failing',
  frozen: 'records are known to be partial',
  age: 'data is old',
  invalid: 'many records are invalid or rejected',
  counts: 'the number of records jumped',
  complete: 'records are not here as the CRM has them',
};

export function openedNotice(finding: Finding, head: Letterhead): Notice {
  return {
    ...head,
    kind: 'opened',
    title: `Tierlink: ${titleOf(finding)}`,
    lines: [finding.what],
    alert: alertOf(finding),
    owner: finding.owner,
    next: finding.next,
  };
}

/** finding: as it was while the alert was open. */
export function closedNotice(finding: Finding, head: Letterhead): Notice {
  return {
    ...head,
    kind: 'closed',
    title: `Tierlink: recovered: ${titleOf(finding)}`,
    lines: [`This is over: ${finding.what}`],
    alert: alertOf(finding),
    owner: null,
    next: [],
  };
}

export function testNotice(channel: string, head: Letterhead): Notice {
  return {
    ...head,
    kind: 'test',
    title: 'Tierlink: TEST',
    lines: [`This is a test of channel ${channel}. Nothing is wrong, and nothing has to be done.`],
    alert: null,
    owner: null,
    next: [],
  };
}

function titleOf({ condition, connection }: Finding): string {
  return connection === null ? titles[condition] : `${titles[condition]} (${connection})`;
}

function alertOf({ key, condition, connection, since }: Finding): Notice['alert'] {
  return { key, condition, connection, since };
}

/** What is said beside the lines, a label and words each. */
export function factsOf({ alert, owner, program }: Notice): [label: string, words: string][] {
  return [
    ...(alert === null ? [] : [['Since', said(alert.since)] satisfies [string, string]]),
    ...(owner === null ? [] : [['Whose job', owner] satisfies [string, string]]),
    ['Program', program],
    ...(alert === null ? [] : [['Alert', alert.key] satisfies [string, string]]),
  ];
}

/** Receivers are in any zone, so the zone is said. */
function said(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** The whole of it as plain text. */
export function noticeText(notice: Notice): string {
  const facts = factsOf(notice).map(([label, words]) => `${label}: ${words}`);
  const next = notice.next.length === 0 ? [] : ['', 'What to do:', ...notice.next.map((step) => `  ${step}`)];
  return [...notice.lines, '', ...facts, ...next].join('\n');
}
