import type { LadderDefinition } from '../../program/schema/ladder.ts';
import type { AskedMove } from '../gate.ts';
import { standingWords } from '../ladder-of.ts';

/** What is said of changes of a tier that a person is asked about, or has answered; nothing when there are none. */
export function approvalWords(ladder: LadderDefinition, asked: readonly AskedMove[], asOf: string): string[] {
  const own = asked.filter((one) => one.ladder === ladder.key);
  const to = (one: AskedMove) => standingWords(ladder, one.to);
  return own.flatMap((one) => {
    if (one.state === 'open')
      return [
        `${to(one)} by the rules; that waits for an approval since ${one.askedOn} (${one.approvalId}).`,
      ];
    const by = `by ${one.decidedBy} on ${one.decidedOn}`;
    if (one.state === 'approved')
      return [`${to(one)} was approved ${by} (${one.approvalId}); it comes with the next evaluation.`];
    if (one.untilOn === null || asOf >= one.untilOn) return [];
    const reason = one.reason === null ? '' : `: ${one.reason}`;
    return [
      `${to(one)} was rejected ${by}${reason} (${one.approvalId}). It is not proposed again before ${one.untilOn}, unless something else is missing or met.`,
    ];
  });
}
