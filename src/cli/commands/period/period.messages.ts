import { noTier } from '../../../model/states.ts';

export const text = {
  period: 'The period, such as 2026-Q3, 2026-09, 2026, FY2026-Q1 or FY2026.',
  author: 'Who decides it. (Default: you)',
  reconstructed: (reason: string) =>
    `Reconstructed: ${reason}. The records of the day of the sign-off stand for what was known at the end.`,
  close: {
    summary: 'Sign a period off: its figures, tiers and evidence are kept as they are now.',
    description: `Later edits of records never change what was signed off; tierlink period show lists them as adjustments.
A period is closed once its last day is over and everything that the CRM has up to then was read.`,
    note: 'What to note with it.',
    acceptIncomplete: 'Sign it off although inputs are not complete to its end.',
    acceptReconstructed:
      'Sign it off, marked as reconstructed, although it is not available what was known at its end.',
    done: (period: string, partners: string, hash: string) =>
      `${period} is closed: ${partners}, hash ${hash}.`,
    incomplete: (what: string) => `Signed off although not complete: ${what}.`,
    next: (period: string) => `tierlink period show ${period}`,
  },
  show: {
    summary:
      'Show what was signed off of a period, and what later edits would change; or list the closed periods.',
    period: 'The period. (Default: list them all)',
    partner: 'Only this partner.',
    none: 'No period has been closed yet.',
    columns: ['PERIOD', 'CLOSED', 'BY', 'RULES', 'STATE', 'NOTE'],
    closed: 'closed',
    closedReconstructed: 'closed, reconstructed',
    undecided: 'not decided',
    reopened: (by: string, reason: string) => `opened again by ${by}: ${reason}`,
    reopenedLine: (by: string, reason: string) => `Opened again by ${by}: ${reason}`,
    head: (period: string, by: string, at: string, version: string) =>
      `${period}, signed off by ${by} on ${at}, by version ${version} of the rules.`,
    hash: (hash: string) => `Hash ${hash}: what is kept is what was signed off.`,
    broken: (hash: string) =>
      `Hash ${hash}: what is kept is NOT what was signed off; somebody changed it in the database.`,
    note: (note: string) => `Note: ${note}`,
    figureColumns: ['SIGNED-OFF FIGURE', 'VALUE'],
    nextPartner: (period: string, partner: string) => `tierlink period show ${period} --partner "${partner}"`,
    nextThen: (partner: string, day: string) =>
      `tierlink tier evaluate "${partner}" --as-of ${day} --with-todays-data`,
    partnerColumns: ['PARTNER', 'TIER', 'BY THE FIGURES'],
    beside: 'HELD BESIDE',
    noAdjustments: 'Nothing would be different with the records of today.',
    noVersion: 'The version of the rules is not kept, so later edits cannot be laid beside it.',
    adjustments: (count: string) => `${count} since it was signed off:`,
    adjustment: (partner: string, label: string, closed: string, today: string) =>
      `${partner}, ${label}: ${closed} -> ${today}`,
    onLadder: (partner: string, ladder: string) => `${partner}, ${ladder}`,
    tier: (partner: string, closed: string, today: string) =>
      `${partner}: by the figures ${closed} -> ${today}`,
    stays: '; the tier that was decided stays',
    noTier,
    changes: { added: 'added', began: 'counts', changed: 'changed', ended: 'ended', gone: 'gone' },
    next: 'tierlink period close PERIOD',
  },
  reopen: {
    summary: 'Open a closed period again, with a reason; what was signed off stays on record.',
    reason: 'Why; kept with it.',
    ask: 'The reason',
    done: (period: string, by: string) => `${period} is open again (${by}).`,
    next: (period: string) => `tierlink period close ${period}`,
  },
} as const;
