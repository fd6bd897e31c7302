import { dayOf } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import type { Executor } from '../../store/store.ts';
import { ladderInputs } from '../due.ts';
import { lacksFigures } from '../evaluate-partner.ts';
import { type Present, presentEvidence, type WaitsFor } from '../explain/present.ts';
import { standingWords, staysWords } from '../ladder-of.ts';
import { loadInputs, type PartnerInputs } from '../load.ts';

/** What is said of a partner that waits for a company of which nothing is decided yet. */
export interface WaitingWords {
  /** For whom it waits, for what that one waits and until when, and what stays meanwhile; one sentence each. */
  forColleagues: string[];
  forPartner: string;
}

/** Null where the partner waits for no company on the ladder. Reads only. */
export async function waitingWords(
  executor: Executor,
  program: Program,
  { present, inputs, now }: { present: Present; inputs: PartnerInputs; now: number },
): Promise<WaitingWords | null> {
  const { waitsFor } = present;
  if (waitsFor === undefined) return null;
  const { holder, ladder } = waitsFor;
  const because = await reasonOf(executor, program, { waitsFor, now, seen: new Set() });
  const held = ladder === present.ladder ? 'the tier' : ladder.label;
  const stays = staysOf(program, present, inputs);
  return {
    forColleagues: [
      `Waits for ${holder.name}, the company that holds ${held} and of which nothing is decided yet: ${because}.`,
      `Until then ${stays}. It is looked at again each day, and follows in the evaluation that decides it.`,
    ],
    forPartner: `The company ${holder.name} holds ${held}, and nothing is decided of it yet. Until then ${stays}.`,
  };
}

/** In a few words, as tables say it. */
export function waitingSummary({ holder }: WaitsFor): string {
  return `Waits for ${holder.name}, of which nothing is decided yet.`;
}

function staysOf(program: Program, { ladder, state }: Present, { states }: PartnerInputs): string {
  if (state !== null) return `it ${staysWords(ladder, state.tier)}`;
  const old = program.ladders
    .filter(({ beside }) => !beside)
    .flatMap((one) => states.filter((each) => each.ladder === one.key && !each.isClosed))[0];
  const left = program.ladders.find(({ key }) => key === old?.ladder);
  return ladder.beside || old === undefined || left === undefined
    ? `nothing is given on ${ladder.label}`
    : `it stays on ${left.label} with ${standingWords(left, old.state.tier)}`;
}

/** For what a company waits, and until when. */
async function reasonOf(
  executor: Executor,
  program: Program,
  { waitsFor, now, seen }: { waitsFor: WaitsFor; now: number; seen: Set<string> },
): Promise<string> {
  const { holder, ladder } = waitsFor;
  const asOf = dayOf(now, program.timeZone);
  const [inputs] = await loadInputs(executor, { program, partners: [holder.partnerId], now });
  const own = inputs?.asked.filter((one) => one.ladder === ladder.key) ?? [];
  const open = own.findLast(({ state }) => state === 'open' || state === 'approved');
  if (open?.state === 'open')
    return `${standingWords(ladder, open.to)} there waits for an approval since ${open.askedOn} (${open.approvalId})`;
  if (open !== undefined)
    return `what was approved there (${open.approvalId}) comes with the next evaluation`;
  const refused = own.findLast(({ untilOn }) => untilOn !== null && asOf < untilOn);
  if (refused !== undefined)
    return `its coming to the ladder was rejected (${refused.approvalId}), and is not proposed again before ${refused.untilOn}`;
  const { unread } = await ladderInputs(executor, program, now);
  if (unread !== null) return `it comes to the ladder once its inputs were read (${unread})`;
  if (inputs !== undefined && lacksFigures(program, inputs, asOf)) return 'its figures are not computed yet';
  const above =
    inputs && presentEvidence(program, inputs, asOf).find((one) => one.ladder.key === ladder.key)?.waitsFor;
  if (above === undefined || seen.has(holder.partnerId)) return 'the next evaluation decides it';
  const because = await reasonOf(executor, program, {
    waitsFor: above,
    now,
    seen: new Set([...seen, holder.partnerId]),
  });
  return `it waits for ${above.holder.name} itself: ${because}`;
}
