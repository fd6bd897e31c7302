import { withoutTier } from '../../../model/states.ts';

export const text = {
  summary:
    'Compare two versions of a program with the records of today: who would earn another tier, and why.',
  description: `Both are read from files and neither is taken into use. What is compared is what the rules give; how soon a
tier then moves is said by the movement of the ladder (reviews, warnings, grace).`,
  before: 'The file of the version in force.',
  after: 'The file of the new version.',
  head: (before: string, after: string, day: string) =>
    `Version ${before} -> version ${after}, with the records of ${day}:`,
  /** Of one partner, and of several. */
  moves: {
    up: ['up', 'up'],
    down: ['down', 'down'],
    joins: ['joins a ladder', 'join a ladder'],
    leaves: ['leaves its ladder', 'leave their ladder'],
    other_ladder: ['changes ladders', 'change ladders'],
    unknown: ['cannot be told', 'cannot be told'],
    same: ['stays', 'stay'],
  },
  headOther: (before: string, after: string, day: string) =>
    `${before} -> ${after}, with the records of ${day}:`,
  titled: (title: string, version: string) => `${title}, version ${version}`,
  otherProgram: (before: string, after: string) =>
    `These are two programs (${before}, ${after}); results are kept by the name of a program.`,
  sameVersion: (version: string, file: string) =>
    `Both files say that they are version ${version}, and they are not the same. Give ${file} a version of its own.`,
  columns: ['PARTNER', 'LADDER', 'BEFORE', 'AFTER', 'MOVE', 'WHY'],
  none: '-',
  why: (label: string, has: string, needs: string, was: string) => `${label}: ${has} of ${needs}${was}`,
  was: (needs: string) => ` (${needs} needed before)`,
  hadBefore: (has: string) => ` (counted as ${has} before)`,
  newRequirement: ' (new)',
  dropped: (label: string, needs: string) => `${label}: ${needs} is no longer asked for`,
  tierColumns: ['LADDER', 'TIER', 'PARTNER TYPE', 'BEFORE', 'AFTER', 'DIFFERENCE'],
  allTypes: 'all',
  noType: '(no type)',
  noTier: withoutTier,
  counts: (parts: string) => `Tiers: ${parts}.`,
  countsOf: (ladder: string, parts: string) => `${ladder}: ${parts}.`,
  nobody: 'No partner is on a ladder of either version.',
  next: (file: string) => `tierlink program check ${file}`,
} as const;
