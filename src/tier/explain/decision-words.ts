import { stateLabel } from '../../model/states.ts';
import { nothingWords } from '../ladder-of.ts';
import type { Evidence, Movement, Override, RequirementEvidence, TierEvidence } from '../types.ts';
import { hasWithoutAuthor, onFile } from './fact-evidence.ts';
import { restingOn } from './missing-words.ts';

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

/**
 * What a decision did, in a word or two: the movement, or the new state where the tier stayed. `toTier`: what is held then;
 * null for nothing any more, which it may be only on a later day.
 */
export function movementLabel(movement: string, status: string, toTier: string | null): string {
  if (movement === 'demote' && toTier === null) return status === 'due_down' ? 'Loss decided' : 'Lost';
  const words: Readonly<Record<string, string | null>> = movementWords;
  return words[movement] ?? stateLabel('decision', status);
}

/** What the reason of a decision is made from. */
interface DecidedWhy {
  movement: Movement;
  toTier: string | null;
  summary: string;
  evidence: Evidence;
  /** The override in force on the day of the decision. (Default: none is known) */
  override?: Override | null;
}

/**
 * Why a decision was made. For a rise it names what was met, with amounts as known then, and for a tier that the figures did
 * not give, what gave it; otherwise it is the sentence stored with the decision, which says what is missing.
 */
export function decisionReason(decision: DecidedWhy): string {
  const { movement, summary, evidence, override = null } = decision;
  const { approval } = evidence;
  if (movement === 'override')
    return override === null
      ? 'Set by a person, whatever the figures are.'
      : `Set by ${override.author} until ${override.untilOn}, whatever the figures are: ${override.reason}.`;
  const words = givenWords(decision, ({ has }) => has);
  if (approval === undefined) return words;
  const said = approval.reason === null ? '' : ` (${approval.reason})`;
  if (approval.answer === 'approved') return `${words} Approved by ${approval.by}${said}.`;
  return `${approval.by} rejected the move to ${approval.tier ?? nothingWords(approval.ladder)}${said}. ${summary}`;
}

/** The same by the rules alone: nobody is named, and nothing that was said about an override or an approval. */
export function rulesReason(decision: DecidedWhy): string {
  const { movement, override = null } = decision;
  if (movement === 'override')
    return override === null
      ? 'Granted, whatever the figures are.'
      : `Granted until ${override.untilOn}, whatever the figures are.`;
  return givenWords(decision, hasWithoutAuthor);
}

type HasWords = (requirement: RequirementEvidence) => string;

/** What gave the tier, where the figures did or a rule beside them; else what is missing. */
function givenWords({ movement, toTier, summary, evidence }: DecidedWhy, hasWords: HasWords): string {
  const tier = evidence.tiers.find((one) => one.tier === toTier);
  if (movement === 'adopt') return 'Held already when the program began to decide tiers.';
  if (movement === 'take_effect') return 'Decided at a review before, and in force from this day.';
  if (movement === 'override_end') return `What was granted is over. ${summary}`;
  if (tier === undefined || (movement !== 'promote' && movement !== 'enrol')) return summary;
  if (movement === 'enrol' && !tier.holds) return `${tier.label} is where new partners start.`;
  return metWords(tier, hasWords);
}

/** Alternatives that are not needed are left out. */
function metWords(tier: TierEvidence, hasWords: HasWords): string {
  const { label, requirements } = tier;
  if (requirements.length === 0) return `${label} asks for nothing.`;
  const resting = restingOn(tier);
  const words = requirements.filter((_one, index) => resting[index]).map((one) => metText(one, hasWords));
  return `${label} met: ${[...new Set(words)].join(', ')}.`;
}

function metText(one: RequirementEvidence, hasWords: HasWords): string {
  if (one.state === 'waived') return `${one.label} waived until ${one.waiver!.untilOn}`;
  // Without a figure it is met because the program says so.
  if (one.kpi !== null && one.value === null) return `${one.label}: ${one.reason}, which counts as met`;
  if (one.needs === onFile) return `${one.label} ${hasWords(one)}`;
  return `${one.label} ${hasWords(one)} (needs ${one.needs})`;
}
