import type { Draw } from '../../connectors/simulation/random.ts';
import type { Part } from './kill-words.ts';

/** When a process is killed. `at` counts from 1. */
export interface Death {
  part: Part;
  /**
   * - statement: after sending the at-th statement (with this text) to the database
   * - call: when the at-th call (with this line) reaches the CRM, which then does what it was asked for
   * - refusedCall: the same, but the CRM does not do it
   * - brokenCall: the same, but the CRM writes the first row of it and no other
   * - job: while the CRM works on the at-th bulk job that is written
   * - moment: so many milliseconds after the opening of the store began
   */
  kind: 'statement' | 'call' | 'refusedCall' | 'brokenCall' | 'job' | 'moment';
  at: number;
  /** Part of a statement, or a pattern for the line of a call, such as "PATCH .*composite". (Default: all count) */
  match?: string;
  /** Of calls only those count that change something in the CRM or prepare to. (Default: false) */
  isWrite?: boolean;
  /**
   * Milliseconds between the sending of a statement and the death. Of a job: 0 when the CRM is through with it before
   * anybody asks again.
   */
  afterMs: number;
}

/** Calls whose rows are written one after the other, each for itself. */
export const rowByRow = '^(PATCH .*/composite/sobjects|POST .*/\\$batch$)';

/** How much of each there is in a clean run. */
export interface Length {
  statements: number;
  commits: number;
  calls: number;
  writes: number;
  jobs: number;
  /** From the opening of the store to the end of the part. */
  ms: number;
}

/** A death somewhere in a part; repeats with the draw. */
export function drawDeath(draw: Draw, part: Part, length: Length): Death {
  const upTo = (count: number) => 1 + Math.floor(draw.unit() * count);
  const afterMs = draw.chance(0.5) ? 0 : draw.between(1, 8);
  const kind = draw.pick(kinds.filter(([, needs]) => length[needs] > 0).map(([name]) => name));
  const common = { part, afterMs };
  switch (kind) {
    case 'commit':
      return { ...common, kind: 'statement', match: 'commit', at: upTo(length.commits) };
    case 'write':
      return { ...common, kind: 'call', isWrite: true, at: upTo(length.writes) };
    case 'refusedWrite':
      return { ...common, kind: 'refusedCall', isWrite: true, at: upTo(length.writes) };
    case 'brokenWrite':
      return { ...common, kind: 'brokenCall', match: rowByRow, isWrite: true, at: upTo(length.writes) };
    case 'statement':
      return { ...common, kind, at: upTo(length.statements) };
    case 'job':
      return { ...common, kind, at: upTo(length.jobs) };
    case 'moment':
      return { ...common, kind, at: upTo(length.ms) };
    default:
      return { ...common, kind, at: upTo(length.calls) };
  }
}

/** What is drawn from, some of it more than once, and what there must be of for it. */
const kinds = [
  ['statement', 'statements'],
  ['statement', 'statements'],
  ['statement', 'statements'],
  ['commit', 'commits'],
  ['call', 'calls'],
  ['refusedCall', 'calls'],
  ['write', 'writes'],
  ['refusedWrite', 'writes'],
  ['brokenWrite', 'writes'],
  ['job', 'jobs'],
  ['moment', 'ms'],
] as const;
