import { stateLabel } from '../model/states.ts';
import { hasWithoutAuthor } from './fact-evidence.ts';
import type { Evidence, Movement, RequirementEvidence } from './types.ts';

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

/** What the reason of a decision is made from. */
interface DecidedWhy {
  movement: Movement;
  toTier: string | null;
  summary: string;
  evidence: Evidence;
}

/**
 * Why a decision was made. For a rise it names what was met, with amounts as known then; otherwise it is the sentence
 * stored with the decision, which says what is missing.
 */
export function decisionReason(decision: DecidedWhy): string {
  const { summary, evidence } = decision;
  const { approval } = evidence;
  if (approval === undefined) return metWords(decision, ({ has }) => has);
  const said = approval.reason === null ? '' : ` (${approval.reason})`;
  if (approval.answer === 'approved')
    return `${metWords(decision, ({ has }) => has)} Approved by ${approval.by}${said}.`;
  return `${approval.by} rejected the move to ${approval.tier ?? 'no tier'}${said}. ${summary}`;
}

/** The same by the rules alone: nobody is named, and nothing that was said about an approval. */
export function rulesReason(decision: DecidedWhy): string {
  return metWords(decision, hasWithoutAuthor);
}

function metWords(
  { movement, toTier, summary, evidence }: DecidedWhy,
  hasWords: (requirement: RequirementEvidence) => string,
): string {
  if (movement !== 'promote' && movement !== 'enrol') return summary;
  const tier = evidence.tiers.find((one) => one.tier === toTier);
  const met = (tier?.requirements ?? []).filter(({ state }) => state === 'met');
  if (tier === undefined || met.length === 0) return summary;
  const words = met.map((one) => `${one.label} ${hasWords(one)} (needs ${one.needs})`);
  return `${tier.label} met: ${words.join(', ')}.`;
}
