import { withoutTier } from '../../../model/states.ts';

export const text = {
  summary:
    'Evaluate partners as of a day, as known at its end, by the rules then in force; nothing is stored.',
  description: `What was changed, added or deleted since does not count. Of what was never read, or is no longer kept
(retention.versions in tierlink.yaml), nothing is said; the records of today then stand alone, marked as reconstructed.
The decision that was in force is shown beside it, and whether it comes out the same again.`,
  partner: 'Name, the beginning of one, its number, or an id of ours, of the CRM or of its file.',
  all: 'Every partner that was in the program.',
  asOf: 'The day. (Default: today)',
  ladder:
    "Another ladder or a specialisation: its key or label. (Default: that of each partner's tier; who is only on ladders beside it has none)",
  withToday: 'Show beside it what the records of today say about that day, and what makes the difference.',
  needsPartner: 'Name a partner, or give --all',
  notBoth: 'Name a partner or give --all, not both',
  ahead: (day: string) => `${day} is still to come; what it may bring: tierlink tier forecast`,
  head: (day: string, version: string) => `As of ${day}, as known then. Rules: version ${version}.`,
  headToday: (day: string, version: string) => `As of ${day}. Rules: version ${version}.`,
  notAvailable: 'not available',
  reconstructed: (reason: string) =>
    `What was known then is not available: ${reason}. Below is what the records of today say about that day (reconstructed).`,
  versionUnknown:
    'No version of the rules had been loaded by then, so those of today are used (reconstructed).',
  since: (connection: string, since: string) => `History of ${connection} is known from ${since} on.`,
  noLadder: 'on no ladder, or not in the program',
  none: withoutTier,
  stands: (name: string, tier: string) => `${name}: by the figures then ${tier}`,
  today: (tier: string) => `; with the records of today ${tier}`,
  inForce: (tier: string, status: string, day: string, id: string) =>
    `In force then: ${tier}, ${status}, decided on ${day} (${id}).`,
  left: (ladder: string, at: string, tier: string, id: string) =>
    `It had left the ladder ${ladder} at ${at}, where it was ${tier} (${id}).`,
  noDecision: 'No decision had been made.',
  agrees: 'It comes out the same again.',
  disagrees: (what: string) => `It does NOT come out the same again: ${what}.`,
  notChecked: (why: string) => `It cannot be worked out again: ${why}.`,
  columns: (tier: string) => [`FOR ${tier.toUpperCase()}`, 'NEEDS', 'HAS', 'RESULT', 'GAP'],
  difference: (label: string, known: string, today: string) =>
    `${label}: ${known} then, ${today} with the records of today`,
  changes: { added: 'added', began: 'counts', changed: 'changed', ended: 'ended', gone: 'gone' },
  listColumns: [
    'PARTNER',
    'LADDER',
    'BY THE FIGURES',
    "WITH TODAY'S RECORDS",
    'IN FORCE',
    'DECIDED',
    'AGREES',
  ],
  agreement: { yes: 'yes', no: 'NO', cannot: 'cannot be told', notChecked: 'not checked' },
  othersNotChecked:
    'Not checked: decisions of earlier days. Name a partner, or give --with-todays-data, to see whether they come out the same again.',
  counts: (partners: string, differ: string) => `${partners}; ${differ} with the records of today.`,
  notCompared: (partners: string) =>
    `${partners}; what was known then is not available, so nothing is compared with it.`,
  nextToday: (partner: string, day: string) =>
    `tierlink tier evaluate "${partner}" --as-of ${day} --with-todays-data`,
  nextLadder: (ladder: string, { partner, day }: { partner: string | undefined; day: string }) =>
    `tierlink tier evaluate ${partner === undefined ? '--all' : `"${partner}"`} --as-of ${day} --ladder "${ladder}"`,
  nextWhy: (partner: string) => `tierlink tier why "${partner}"`,
} as const;
