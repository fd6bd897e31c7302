import { isTierlinkError, type TierlinkError } from '../errors.ts';
import { freezeText } from '../model/freeze-reasons.ts';
import type { Counted } from '../sync/connector.ts';
import type { MappingPlan } from '../sync/mapping/plan.ts';
import type { ConnectionPull } from '../sync/pass/pull.ts';
import type { Feed, FreezeReason } from '../sync/records/feed.ts';

/** Why nothing can be said about the records of a mapping, and what to do about it. */
export interface Obstacle {
  code: string;
  words: string;
  /** The best first. */
  next: string[];
}

/** Freezes that say that records cannot be compared now; of the others the comparison itself finds the records. */
const blocking: readonly FreezeReason[] = [
  'not_all_visible',
  'shown_again',
  'unconfirmed',
  'changes_lost',
  'unmapped',
  'mass_delete',
];

interface Question {
  connection: string;
  plan: MappingPlan;
  pull: ConnectionPull;
  feed: Feed | undefined;
  /** Whether the user sees every record of the object; null where the CRM does not say. */
  seesAll: boolean | null;
  /** Whether the CRM describes the object to the user. */
  isDescribed: boolean;
}

/** What is in the way of a verification; null for nothing. No count of a user who cannot see everything proves anything. */
export function obstacleOf(question: Question): Obstacle | null {
  const { connection, plan, pull, feed, seesAll } = question;
  const { object } = plan;
  const of = `--connection ${connection}`;
  const doctor = `tierlink doctor ${of}`;
  const problem = pull.problems.find((each) => each.object === object);
  if (problem !== undefined) return refused(problem.error);
  if (pull.skipped.includes(object))
    return { code: 'busy', words: `Another run is at work on ${object}`, next: [`tierlink verify ${of}`] };
  if (!question.isDescribed)
    return {
      code: 'not_described',
      words: `${object} was read before, and the CRM does not show it to the integration user any more`,
      next: [`If it is to be read: ${doctor}; else take its mapping out`],
    };
  if (feed === undefined || feed.completeTo === null)
    return { code: 'not_read', words: `${object} was never read to its end`, next: [`tierlink sync ${of}`] };
  if (seesAll === false)
    return {
      code: 'not_all_visible',
      words: `The integration user does not see every record of ${object}`,
      next: [`Let it see them all: ${doctor}`],
    };
  if (seesAll === null)
    return {
      code: 'sight_unknown',
      words: `The CRM does not say whether the integration user sees every record of ${object}`,
      next: [doctor],
    };
  const { frozenReason } = feed;
  if (frozenReason !== null && blocking.includes(frozenReason))
    return {
      code: frozenReason,
      words: sentence(freezeText(frozenReason)),
      next: [`tierlink sync ${of}`, doctor],
    };
  if (plan.missing.length > 0)
    return {
      code: 'fields_hidden',
      words: `${object} does not show the fields of ${plan.missing.join(', ')}`,
      next: [`Let the integration user read them: tierlink map check ${of}`],
    };
  return null;
}

/** A count that was refused. */
export function refusedCount(counted: Counted | undefined): Obstacle | null {
  return isTierlinkError(counted) ? refused(counted) : null;
}

function refused({ code, message, actions }: TierlinkError): Obstacle {
  return { code, words: message.replace(/\.$/, ''), next: [...actions] };
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
