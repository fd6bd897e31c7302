import { stateLabel } from '../model/states.ts';
import type { Evidence, Movement } from './types.ts';

const movementWords = {
  adopt: 'Adopted',
  enrol: 'Joined',
  promote: 'Promoted',
  demote: 'Moved down',
  // Only the state has changed, so that its own word says most.
  keep: null,
  warn: 'Warned',
  withdraw_warning: 'Warning withdrawn',
  take_effect: 'In force',
  cancel_pending: 'Change withdrawn',
  override: 'Set by a person',
  override_end: 'Override ended',
  inherit: 'Inherited',
} as const satisfies Record<Movement, string | null>;

/** What a decision did, in a word or two: the movement, or the new state where the tier stayed. */
export function movementLabel(movement: string, status: string): string {
  const words: Readonly<Record<string, string | null>> = movementWords;
  return words[movement] ?? stateLabel('decision', status);
}

/**
 * Why a decision was made. For a rise it names what was met, with amounts as known then; otherwise it is the sentence
 * stored with the decision, which says what is missing.
 */
export function decisionReason(decision: {
  movement: Movement;
  toTier: string | null;
  summary: string;
  evidence: Evidence;
}): string {
  const { summary, evidence } = decision;
  const { approval } = evidence;
  if (approval === undefined) return ownReason(decision);
  const said = approval.reason === null ? '' : ` (${approval.reason})`;
  if (approval.answer === 'approved') return `${ownReason(decision)} Approved by ${approval.by}${said}.`;
  return `${approval.by} rejected the move to ${approval.tier ?? 'no tier'}${said}. ${summary}`;
}

function ownReason(decision: Parameters<typeof decisionReason>[0]): string {
  const { movement, toTier, summary, evidence } = decision;
  if (movement !== 'promote' && movement !== 'enrol') return summary;
  const tier = evidence.tiers.find((one) => one.tier === toTier);
  const met = (tier?.requirements ?? []).filter(({ state }) => state === 'met');
  if (tier === undefined || met.length === 0) return summary;
  const words = met.map(({ label, has, needs }) => `${label} ${has} (needs ${needs})`);
  return `${tier.label} met: ${words.join(', ')}.`;
}
