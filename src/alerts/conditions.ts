import { type FreezeReason, freezeText } from '../model/freeze-reasons.ts';
import type { Thresholds } from './settings.ts';

/** What is wrong now, from the rows of the store alone: asked anew, it says the same, however often jobs ran or were lost. */

export const conditions = ['connection', 'runs', 'frozen', 'age', 'invalid', 'counts', 'complete'] as const;
export type Condition = (typeof conditions)[number];

/** One thing that is wrong, in words. */
export interface Finding {
  /** Names the thing, not the moment: the same while it lasts, and when it comes back. */
  key: string;
  condition: Condition;
  connection: string | null;
  /** Since when, ISO instant. */
  since: string;
  /** What happened, as a sentence. */
  what: string;
  /** Whose job it is. */
  owner: string;
  /** What to do, commands above all, the best first. */
  next: string[];
}

export interface ConnectionRow {
  id: string;
  state: string;
  since: string;
  /** How long it has been in its state, by the database's clock. */
  minutes: number;
  /** Why it is, and what to do about it. */
  reason: string | null;
  actions: readonly string[];
  /** ISO instant; null while something was never read. */
  completeTo: string | null;
}

/** How the last runs of one kind ended, the same connection apart. */
export interface RunSeries {
  kind: string;
  connection: string | null;
  /** Failed ones since the last that did not fail; those that waited or were interrupted count neither way. */
  failures: number;
  /** The first of them; null: there is none. */
  first: { id: string; at: string } | null;
  reason: string | null;
  isRunning: boolean;
}

export interface FeedRow {
  connection: string;
  object: string;
  entity: string;
  records: number;
  frozenReason: string | null;
  frozenSince: string | null;
  /** Records that cannot be used or written, those that a person ignores aside, and since when. */
  invalid: number;
  invalidSince: string | null;
  /** Records that are or could be in it. */
  known: number;
  /** The count of the last day before; null: there is none yet. */
  before: { day: string; records: number } | null;
  /** What the last verification said; null: there was none. */
  verification: { state: string; records: number; since: string } | null;
}

export interface AlertRows {
  connections: readonly ConnectionRow[];
  runs: readonly RunSeries[];
  feeds: readonly FeedRow[];
}

/**
 * What is known of each key: a finding, or `undecided` where the rows say neither that it is wrong nor that it is over, so
 * that an open alert stays and none is opened. What is not in it is well.
 */
export type Findings = ReadonlyMap<string, Finding | 'undecided'>;

/** Percentages of fewer records than these say nothing: one of three is 33 %. */
const fewRecords = 20;

/** Freezing that the next sync usually ends. */
const healing: readonly string[] = ['unconfirmed', 'shown_again', 'records_missing'] satisfies FreezeReason[];

interface Question {
  rows: AlertRows;
  thresholds: Thresholds;
  /** Keys of the open alerts. */
  open: ReadonlySet<string>;
  /** Epoch ms. */
  now: number;
}

/** Judges the rows. What a connection in trouble explains (failing runs, old data, frozen feeds) is no alert of its own. */
export function findConditions(question: Question): Findings {
  const found = new Map<string, Finding | 'undecided'>();
  const { rows } = question;
  for (const row of rows.connections) keep(found, connectionKey(row.id), connectionFound(row, question));
  const isTroubled = (connection: string) => {
    const known = found.get(connectionKey(connection));
    return known !== undefined && (known !== 'undecided' || question.open.has(connectionKey(connection)));
  };
  const covered = (isCovered: boolean, one: Found) => (one !== null && isCovered ? 'undecided' : one);
  const anyTroubled = rows.connections.some(({ id }) => isTroubled(id));
  for (const row of rows.runs) {
    // A pass fails as a whole when its connections do; what computes does not.
    const isCovered =
      row.connection === null ? row.kind === 'pass' && anyTroubled : isTroubled(row.connection);
    keep(found, runsKey(row), covered(isCovered, runsFound(row, question)));
  }
  for (const row of rows.connections)
    keep(found, `age:${row.id}`, covered(isTroubled(row.id), ageFound(row, question)));
  for (const row of rows.feeds) {
    keep(found, feedKey('frozen', row), covered(isTroubled(row.connection), frozenFound(row, question)));
    keep(found, feedKey('invalid', row), invalidFound(row, question));
    keep(found, feedKey('counts', row), countsFound(row, question));
    keep(found, feedKey('complete', row), completeFound(row));
  }
  return found;
}

type Found = Finding | 'undecided' | null;

function keep(found: Map<string, Finding | 'undecided'>, key: string, one: Found): void {
  if (one !== null) found.set(key, one);
}

const connectionKey = (id: string) => `connection:${id}`;
const runsKey = ({ kind, connection }: RunSeries) =>
  `runs:${kind}${connection === null ? '' : `:${connection}`}`;
const feedKey = (condition: Condition, { connection, object, entity }: FeedRow) =>
  `${condition}:${connection}:${object}:${entity}`;

/** Only a good check or a person's pause ends it: an outage on the way to recovery is no recovery. */
function connectionFound(row: ConnectionRow, { thresholds }: Question): Found {
  const { id, state, since, minutes, actions } = row;
  const limit = thresholds.waitingMinutes;
  const isLong = state === 'waiting' && limit !== null && minutes >= limit;
  if (state !== 'action_required' && !isLong)
    return ['waiting', 'unknown'].includes(state) ? 'undecided' : null;
  const head = isLong
    ? `${id} has been waiting for longer than ${limit} minutes`
    : `${id} needs a person; nothing is read from it or written to it as it should be`;
  return {
    key: connectionKey(id),
    condition: 'connection',
    connection: id,
    since,
    what: sentence(head, row.reason),
    owner: isLong ? 'nobody, as long as it goes on by itself' : 'CRM admin',
    next: [...actions, `tierlink doctor --connection ${id}`],
  };
}

function runsFound(row: RunSeries, { thresholds }: Question): Found {
  const { kind, connection, failures, first, reason, isRunning } = row;
  if (thresholds.failedRuns === null || failures === 0 || first === null) return null;
  // The run at work may be the one that ends the series.
  if (failures < thresholds.failedRuns || isRunning) return 'undecided';
  const of = connection === null ? '' : ` of ${connection}`;
  return {
    key: runsKey(row),
    condition: 'runs',
    connection,
    since: first.at,
    what: sentence(`${failures} runs of kind ${kind}${of} have failed in a row, since ${first.id}`, reason),
    owner: 'who operates Tierlink',
    next: ['tierlink status', `tierlink doctor${connection === null ? '' : ` --connection ${connection}`}`],
  };
}

function ageFound({ id, completeTo }: ConnectionRow, { thresholds, now }: Question): Found {
  const limit = thresholds.dataAgeHours;
  if (limit === null || completeTo === null) return null;
  const hours = Math.floor((now - Date.parse(completeTo)) / 3_600_000);
  if (hours < limit) return null;
  return {
    key: `age:${id}`,
    condition: 'age',
    connection: id,
    since: completeTo,
    what: `What is known of ${id} is ${hours} hours old; figures and tiers rest on it.`,
    owner: 'who operates Tierlink',
    next: [`tierlink sync --connection ${id}`, 'Keep the service running: tierlink start'],
  };
}

function frozenFound(row: FeedRow, { rows, thresholds, now }: Question): Found {
  const { connection, object, entity, frozenReason, frozenSince } = row;
  if (frozenReason === null || frozenSince === null) return null;
  const limit = thresholds.waitingMinutes;
  const minutes = (now - Date.parse(frozenSince)) / 60_000;
  // Commands know only what the project has; the feeds of a connection that was taken out of it stay.
  const of = rows.connections.some(({ id }) => id === connection) ? ` --connection ${connection}` : '';
  if (healing.includes(frozenReason) && (limit === null || minutes < limit)) return 'undecided';
  return {
    key: feedKey('frozen', row),
    condition: 'frozen',
    connection,
    since: frozenSince,
    what: `Records of ${object} (${entity}) of ${connection} are known to be partial: ${freezeText(frozenReason)}. Nobody is demoted on them until they are whole.`,
    owner: 'CRM admin',
    next: [`tierlink doctor${of}`, `tierlink sync${of} --full`],
  };
}

function invalidFound(row: FeedRow, { thresholds }: Question): Found {
  const { connection, object, entity, invalid, known, invalidSince } = row;
  const limit = thresholds.invalidPercent;
  if (limit === null || invalidSince === null || known < fewRecords || invalid * 100 <= limit * known)
    return null;
  return {
    key: feedKey('invalid', row),
    condition: 'invalid',
    connection,
    since: invalidSince,
    what: `${invalid} of ${known} ${object} records (${entity}) of ${connection} are invalid or rejected, more than ${limit} %.`,
    owner: 'record owner',
    next: [`tierlink rejects list --connection ${connection} --object ${object}`],
  };
}

function countsFound(row: FeedRow, { thresholds }: Question): Found {
  const { connection, object, entity, records, before, frozenReason } = row;
  const limit = thresholds.countPercent;
  if (limit === null || before === null || before.records < fewRecords) return null;
  const change = records - before.records;
  if (Math.abs(change) * 100 <= limit * before.records) return null;
  // The feed that is frozen says it already.
  if (frozenReason !== null) return 'undecided';
  return {
    key: feedKey('counts', row),
    condition: 'counts',
    connection,
    since: `${before.day}T00:00:00.000Z`,
    what: `${object} (${entity}) of ${connection} ${change < 0 ? 'shrank' : 'grew'} from ${before.records} records on ${before.day} to ${records}, by more than ${limit} %.`,
    owner: 'record owner',
    next: [`tierlink map check --connection ${connection}`, `tierlink status --connection ${connection}`],
  };
}

/** A verification that could not look, or met records on their way, says neither. */
function completeFound(row: FeedRow): Found {
  const { connection, object, entity, verification } = row;
  if (verification === null || verification.state === 'verified') return null;
  if (verification.state !== 'different') return 'undecided';
  const { records, since } = verification;
  return {
    key: feedKey('complete', row),
    condition: 'complete',
    connection,
    since,
    what: `${records} ${object} records (${entity}) of ${connection} are not here as the CRM has them.`,
    owner: 'who operates Tierlink',
    next: [`tierlink verify --connection ${connection}`, `tierlink sync --connection ${connection} --full`],
  };
}

/** The head as a sentence, with what is known of the reason. */
function sentence(head: string, reason: string | null): string {
  const whole = reason === null ? head : `${head}: ${reason}`;
  return /[.?!]$/.test(whole) ? whole : `${whole}.`;
}

/** An alert that was open before. */
export interface OpenAlert {
  key: string;
}

export interface Transitions<Alert extends OpenAlert> {
  opened: Finding[];
  /** Still open; with the finding of now, where there is one. */
  open: { alert: Alert; finding: Finding | null }[];
  closed: Alert[];
}

/** What has become wrong, is wrong still, and is over. Applied twice it finds nothing new the second time. */
export function transitionsOf<Alert extends OpenAlert>(
  found: Findings,
  before: readonly Alert[],
): Transitions<Alert> {
  const wasOpen = new Set(before.map(({ key }) => key));
  const transitions: Transitions<Alert> = { opened: [], open: [], closed: [] };
  for (const one of found.values())
    if (one !== 'undecided' && !wasOpen.has(one.key)) transitions.opened.push(one);
  for (const alert of before) {
    const now = found.get(alert.key);
    if (now === undefined) transitions.closed.push(alert);
    else transitions.open.push({ alert, finding: now === 'undecided' ? null : now });
  }
  return transitions;
}
