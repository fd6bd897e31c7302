/**
 * The words for states, for every face: code, label, meaning, what to do next, and the states that may follow.
 * docs/states.md is generated from here.
 */
export interface StateDefinition {
  label: string;
  meaning: string;
  /** The next step offered; null when there is nothing to do. */
  next: string | null;
  /** waiting heals by itself, action needs a person. */
  trouble: 'none' | 'waiting' | 'action';
  /** Codes that may follow this one. */
  then: readonly string[];
}

type StateTable = Readonly<Record<string, StateDefinition>>;

function state(
  label: string,
  meaning: string,
  then: readonly string[],
  more: { next?: string; trouble?: 'waiting' | 'action' } = {},
): StateDefinition {
  return { label, meaning, next: more.next ?? null, trouble: more.trouble ?? 'none', then };
}

export const connectionStates = {
  healthy: state('Healthy', 'The last check passed.', ['waiting', 'action_required', 'paused', 'unknown']),
  waiting: state(
    'Waiting',
    'Rate limit, lock or outage; it goes on by itself.',
    ['healthy', 'action_required', 'paused', 'unknown'],
    { trouble: 'waiting', next: 'Nothing needed; try now: tierlink sync' },
  ),
  action_required: state(
    'Action required',
    'Sign-in, permission or a missing field: only a person can fix it.',
    ['healthy', 'waiting', 'paused', 'unknown'],
    { trouble: 'action', next: 'See the fix: tierlink doctor' },
  ),
  paused: state(
    'Paused',
    'A person paused it; changes wait.',
    ['healthy', 'waiting', 'action_required', 'unknown'],
    { trouble: 'action', next: 'Resume it' },
  ),
  never_run: state(
    'Not run yet',
    'Connected, nothing read.',
    ['healthy', 'waiting', 'action_required', 'paused', 'unknown'],
    { trouble: 'action', next: 'Start the first sync: tierlink sync' },
  ),
  unknown: state('Unknown', 'We could not look.', ['healthy', 'waiting', 'action_required', 'paused'], {
    trouble: 'waiting',
    next: 'See why and try again: tierlink check',
  }),
} as const satisfies StateTable;

export const runStates = {
  queued: state('Queued', 'Waits for its turn.', ['running', 'skipped', 'cancelled']),
  running: state('Running', 'At work.', [
    'succeeded',
    'partial',
    'failed',
    'skipped',
    'waiting',
    'cancelled',
    'queued',
  ]),
  succeeded: state('Succeeded', 'All of it is done.', []),
  partial: state('Partial', 'Some of it could not be done; the rest went through.', [], {
    trouble: 'action',
    next: 'See them: tierlink rejects list',
  }),
  failed: state('Failed', 'It stopped; what was finished is kept.', ['queued'], {
    trouble: 'action',
    next: 'Read the reason and run it again: tierlink sync',
  }),
  waiting: state(
    'Waiting',
    'The budget, a limit or an outage of the CRM stopped it; what was finished is kept.',
    ['queued', 'running'],
    { trouble: 'waiting', next: 'Nothing needed; it goes on by itself.' },
  ),
  skipped: state('Skipped', 'The previous run was still at work.', []),
  cancelled: state(
    'Cancelled',
    'A person, a shutdown or the end of its process stopped it; what was finished is kept.',
    ['queued', 'running'],
    { next: 'Go on: tierlink sync' },
  ),
} as const satisfies StateTable;

const recordFollowers = [
  'created',
  'updated',
  'unchanged',
  'invalid',
  'rejected',
  'held',
  'out_of_scope',
  'deleted',
  'conflict',
] as const;

export const recordStates = {
  created: state('Created', 'New on the side that it was written to.', recordFollowers),
  updated: state('Updated', 'Changed on the side that it was written to.', recordFollowers),
  unchanged: state('Unchanged', 'Both sides already agreed.', recordFollowers),
  invalid: state('Invalid', 'We did not use or send it.', recordFollowers, {
    trouble: 'action',
    next: 'See the field and the fix: tierlink rejects show',
  }),
  rejected: state('Rejected', 'The CRM refused it.', recordFollowers, {
    trouble: 'action',
    next: 'Fix it, then: tierlink rejects retry',
  }),
  held: state('Held', 'Waits for the record that it belongs to.', recordFollowers, {
    trouble: 'waiting',
    next: 'It heals by itself: tierlink rejects list --held',
  }),
  out_of_scope: state(
    'Out of scope',
    'It left the scope of its mapping; kept, not counted.',
    recordFollowers,
  ),
  deleted: state('Deleted', 'The CRM deleted it, confirmed; kept for the history.', recordFollowers),
  conflict: state('Conflict', 'Both sides changed it and the mapping says to ask.', recordFollowers, {
    trouble: 'action',
    next: 'Decide which value stays',
  }),
} as const satisfies StateTable;

export const requirementStates = {
  met: state('Met', 'The value reaches the threshold.', ['not_met', 'pending', 'waived']),
  not_met: state('Not met', 'The value is short of the threshold.', ['met', 'pending', 'waived'], {
    trouble: 'action',
    next: 'Close the gap',
  }),
  pending: state('Pending', 'The evidence is incomplete.', ['met', 'not_met', 'waived'], {
    trouble: 'waiting',
    next: 'See what is awaited: tierlink tier why',
  }),
  waived: state('Waived', 'An exception stands in for it.', ['met', 'not_met', 'pending']),
} as const satisfies StateTable;

const decisionFollowers = ['keeps', 'eligible_up', 'at_risk', 'due_down', 'approved', 'overridden'] as const;

export const decisionStates = {
  keeps: state('Keeps', 'The tier stands.', decisionFollowers),
  eligible_up: state(
    'Eligible up',
    'A higher tier is earned and waits for its day or an approval.',
    decisionFollowers,
    {
      next: 'Approve, or wait for the review',
    },
  ),
  at_risk: state(
    'At risk',
    'It will lose the tier at the next evaluation if nothing changes.',
    decisionFollowers,
    {
      trouble: 'action',
      next: 'See what is missing: tierlink tier why',
    },
  ),
  due_down: state('Due down', 'The tier is lost and waits for its day or an approval.', decisionFollowers, {
    trouble: 'action',
    next: 'Approve, waive or wait',
  }),
  approved: state('Approved', 'A person approved the movement.', decisionFollowers),
  overridden: state('Overridden', 'A person set the tier, with a reason and an end.', decisionFollowers),
} as const satisfies StateTable;

export const kpiStates = {
  current: state('Current', 'Computed from all facts known.', ['stale', 'provisional', 'error']),
  stale: state('Stale', 'Facts are newer than the value.', ['current', 'provisional', 'error'], {
    trouble: 'waiting',
    next: 'Recalculate: tierlink sync',
  }),
  provisional: state(
    'Provisional',
    'Its inputs are behind or incomplete; it can neither warn nor demote.',
    ['current', 'stale', 'error'],
    { trouble: 'waiting', next: 'See which input: tierlink status' },
  ),
  not_calculated: state(
    'Not calculated',
    'Never computed yet, or what it is made of was never read.',
    ['current', 'provisional', 'error'],
    {
      trouble: 'waiting',
      next: 'Recalculate: tierlink sync',
    },
  ),
  error: state('Error', 'It could not be computed.', ['current', 'stale', 'provisional'], {
    trouble: 'action',
    next: 'Read the reason: tierlink kpi show',
  }),
} as const satisfies StateTable;

export const matchStates = {
  open: state('To decide', 'Two records may be the same company.', ['joined', 'refused'], {
    trouble: 'action',
    next: 'Look at both: tierlink match show',
  }),
  joined: state('Joined', 'The two are one record, linked in the connections of both.', ['undone']),
  refused: state('Refused', 'A person said that they are two companies; it is not proposed again.', [
    'joined',
  ]),
  undone: state('Undone', 'They were joined by mistake and are two records again.', ['joined']),
} as const satisfies StateTable;

export const linkStates = {
  live: state('In step', 'The record of the CRM is this record of ours, and is kept in step with it.', [
    'out_of_scope',
    'deleted',
    'merged',
    'broken',
  ]),
  out_of_scope: state('Out of scope', 'It left the scope of its mapping; kept, not counted.', [
    'live',
    'deleted',
    'merged',
    'broken',
  ]),
  deleted: state('Deleted', 'The CRM deleted it, confirmed; kept for the history.', ['live']),
  merged: state('Merged', 'The CRM joined it into another one of its records.', ['live']),
  broken: state(
    'Broken',
    'A person said that it is not this record of ours: it is left out until a person says which one it is.',
    ['live', 'out_of_scope'],
    { next: 'If it was a mistake: tierlink links make' },
  ),
} as const satisfies StateTable;

const itemEnds = ['applied', 'left_out'] as const;

export const approvalStates = {
  open: state(
    'To approve',
    'Waits until a person approves or rejects it.',
    ['approved', 'rejected', 'left_out'],
    {
      trouble: 'action',
      next: 'Look at it: tierlink approvals show',
    },
  ),
  approved: state('Approved', 'A person approved it; the next evaluation makes it.', itemEnds, {
    trouble: 'waiting',
    next: 'Nothing needed; now: tierlink sync',
  }),
  applied: state('Made', 'It was approved, and the tiers have moved.', []),
  rejected: state(
    'Rejected',
    'A person said no: the tier stays until what the change rests on changes, or until the next review.',
    [],
  ),
  left_out: state('Left out', 'It is not what was shown any more, so that it was not made.', []),
} as const satisfies StateTable;

export const alertStates = {
  open: state('Open', 'What it is about is so now.', ['closed'], {
    trouble: 'action',
    next: 'See what to do: tierlink alerts list',
  }),
  closed: state('Recovered', 'What it was about is over.', ['open']),
} as const satisfies StateTable;

export const verificationStates = {
  never_run: state(
    'Never verified',
    'Nobody has compared both sides yet.',
    ['verified', 'different', 'unsettled', 'unknown'],
    { trouble: 'waiting', next: 'Nothing needed; now: tierlink verify' },
  ),
  verified: state(
    'Verified',
    'Everything that the CRM has in scope is here, up to the instant that is said.',
    ['different', 'unsettled', 'unknown'],
  ),
  different: state(
    'Different',
    'Records are not here as the CRM has them; each has a cause.',
    ['verified', 'unsettled', 'unknown'],
    { trouble: 'action', next: 'See what follows from it: tierlink plan' },
  ),
  unsettled: state(
    'Unsettled',
    'Records were being changed while both sides were compared, or the CRM counts others than it shows; the next one tells.',
    ['verified', 'different', 'unknown'],
    { trouble: 'waiting', next: 'Nothing needed; now: tierlink verify' },
  ),
  unknown: state(
    'Unknown',
    'Nobody can tell, because something is in the way of looking: mostly a user who does not see every record.',
    ['verified', 'different', 'unsettled'],
    { trouble: 'action', next: 'See the fix: tierlink verify' },
  ),
} as const satisfies StateTable;

export const goalStates = {
  ahead: state('Not begun', 'Its period has not begun.', ['running', 'reached', 'unknown']),
  reached: state('Reached', 'What came of it so far is what is wanted.', ['running', 'missed', 'unknown']),
  running: state('Running', 'Its period runs, and it is not reached yet.', ['reached', 'missed', 'unknown']),
  missed: state('Missed', 'Its period is over, and it was not reached.', ['reached', 'unknown']),
  unknown: state('Unknown', 'There are no figures.', ['running', 'reached', 'missed'], {
    trouble: 'waiting',
    next: 'See how many partners are in the way: tierlink program goals',
  }),
} as const satisfies StateTable;

export const expectationStates = {
  done: state('Done', 'It was seen.', ['due', 'overdue', 'unknown']),
  due: state('Due', 'Its last day has not passed.', ['done', 'overdue', 'unknown']),
  overdue: state('Overdue', 'Its last day has passed, and it was not seen.', ['done', 'due', 'unknown'], {
    trouble: 'action',
    next: 'Do it, or record that it is done: tierlink fact set',
  }),
  unknown: state('Unknown', 'What says so is late, partial or missing.', ['done', 'due', 'overdue'], {
    trouble: 'waiting',
    next: 'See the reason: tierlink partners expectations',
  }),
} as const satisfies StateTable;

/** The same codes for what is limited, and has no day by which it is to be done. */
export const limitStates = {
  done: state('Kept', 'It is within the limit.', ['due', 'overdue', 'unknown']),
  due: state('Not asked yet', 'The limit holds later.', ['done', 'overdue', 'unknown']),
  overdue: state('Not kept', 'It is beyond the limit.', ['done', 'due', 'unknown'], {
    trouble: 'action',
    next: 'See what it is: tierlink partners expectations',
  }),
  unknown: state('Unknown', 'What says so is late, partial or missing.', ['done', 'due', 'overdue'], {
    trouble: 'waiting',
    next: 'See the reason: tierlink partners expectations',
  }),
} as const satisfies StateTable;

export const benefitStates = {
  standing: state('Standing', 'It is had without being delivered one by one.', ['due', 'overdue', 'unknown']),
  delivered: state('Delivered', 'All of it that was due.', ['standing', 'due', 'overdue', 'unknown']),
  due: state('Due', 'It is to be delivered, and its last day has not passed.', [
    'standing',
    'delivered',
    'overdue',
    'unknown',
  ]),
  overdue: state(
    'Overdue',
    'Its last day has passed, and it was not delivered.',
    ['standing', 'delivered', 'due', 'unknown'],
    { trouble: 'action', next: 'Deliver it, and record that: tierlink fact set' },
  ),
  unknown: state(
    'Unknown',
    'It would be overdue, but the first day is not known, or deliveries may not have been read yet.',
    ['standing', 'delivered', 'due', 'overdue'],
    { trouble: 'waiting', next: 'See the reason: tierlink partners benefits' },
  ),
} as const satisfies StateTable;

/** How it is called to hold nothing on the ladder of one's tier, and how that is said of a partner. */
export const noTier = 'no tier';
export const withoutTier = 'without a tier';

/** The decision that keeps nothing, where a partner holds nothing on a ladder. */
export const nothingHeld = 'Not held';

/** All tables by the thing they describe. */
export const states = {
  connection: connectionStates,
  run: runStates,
  record: recordStates,
  requirement: requirementStates,
  decision: decisionStates,
  kpi: kpiStates,
  match: matchStates,
  link: linkStates,
  approval: approvalStates,
  alert: alertStates,
  verification: verificationStates,
  goal: goalStates,
  expectation: expectationStates,
  limit: limitStates,
  benefit: benefitStates,
} as const;

export type StateThing = keyof typeof states;
export type ConnectionState = keyof typeof connectionStates;
export type RunState = keyof typeof runStates;
export type RecordState = keyof typeof recordStates;
export type RequirementState = keyof typeof requirementStates;
export type DecisionState = keyof typeof decisionStates;
export type KpiState = keyof typeof kpiStates;
export type ApprovalState = keyof typeof approvalStates;
export type AlertState = keyof typeof alertStates;
export type VerificationState = keyof typeof verificationStates;
export type GoalState = keyof typeof goalStates;
export type ExpectationState = keyof typeof expectationStates;
export type BenefitState = keyof typeof benefitStates;

/** The definition of a state; undefined for a code that the table does not have. */
export function findState(thing: StateThing, code: string): StateDefinition | undefined {
  return (states[thing] as StateTable)[code];
}

/** The label of a state, or the code itself when the table does not have it. */
export function stateLabel(thing: StateThing, code: string): string {
  return findState(thing, code)?.label ?? code;
}

/** Whether `to` may follow `from`; a state may always stay as it is. */
export function mayFollow(thing: StateThing, from: string, to: string): boolean {
  return from === to || (findState(thing, from)?.then.includes(to) ?? false);
}
