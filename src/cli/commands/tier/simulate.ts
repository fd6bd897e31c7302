import { z } from 'zod';
import { findPartner } from '../../../app/partners.ts';
import { readSuppositions, type Supposition, supposedInput } from '../../../app/supposed-inputs.ts';
import { TierlinkError } from '../../../errors.ts';
import { stateLabel } from '../../../model/states.ts';
import { movementLabel } from '../../../tier/explain/decision-words.ts';
import { outsideError } from '../../../tier/load.ts';
import { type SimulatedSide, type Simulation, simulateTier } from '../../../tier/look/simulate.ts';
import { defineCommand } from '../../command.ts';
import { earnedRequirementSchema, requirementLabel, shownRequirements, tierLabelIn } from '../../earned.ts';
import { listFlag, textFlag } from '../../flags.ts';
import type { Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './simulate.messages.ts';

const sideSchema = z.strictObject({
  ladder: z.string().nullable().describe('Key of the ladder; null when none fits.'),
  tier: z.string().nullable().describe('Label of the tier that the figures give; null for none.'),
  stands: z
    .string()
    .nullable()
    .describe('Label of the tier that an evaluation today would give; null for none.'),
  status: z.string().nullable().describe('Status that it would give; null on no ladder.'),
  decision: z
    .string()
    .nullable()
    .describe(
      'What it would do with the tier, in words, such as Joined, Promoted or Keeps; null on no ladder.',
    ),
  prospect: z.array(z.string()).describe('What would happen to the tier next.'),
});
const simulationSchema = z.strictObject({
  partner: z.strictObject({ id: z.string(), name: z.string() }),
  supposed: z
    .array(z.strictObject({ name: z.string(), value: z.string() }))
    .describe('What is supposed: a KPI or partner.<attribute> with its value.'),
  inForce: z.string().nullable().describe('Label of the tier in force; null for none.'),
  before: sideSchema.describe('Without what is supposed.'),
  after: sideSchema.describe('With what is supposed.'),
  forTier: z.string().nullable().describe('Label of the tier that the requirements belong to.'),
  requirements: z
    .array(
      z.strictObject({
        ...earnedRequirementSchema.shape,
        hasNow: z
          .string()
          .nullable()
          .describe('What the partner has without it, in words; null on another ladder.'),
      }),
    )
    .describe('What the next tier asks for, with what is supposed; of the highest, its own.'),
});
type Shown = z.infer<typeof simulationSchema>;

export const tierSimulate = defineCommand({
  name: 'tier simulate',
  summary: text.summary,
  description: text.description,
  args: { partner: { help: text.partner, required: false } },
  flags: { set: listFlag('NAME=VALUE', text.set), file: textFlag('FILE', text.file) },
  examples: [
    'tierlink tier simulate "Acme Partners" --set sourcedRevenue=250000 --set certifiedPeople=4',
    'tierlink tier simulate "Acme Partners" --set partner.types=msp,reseller',
    'tierlink tier simulate --file what-if.csv',
  ],
  result: z.strictObject({
    asOf: z.string(),
    simulations: z.array(simulationSchema).describe('One for each partner.'),
  }),
  run: async ({ args, flags, app }) => {
    const supposed = suppositions(args.partner, flags.set ?? [], flags.file);
    const { store, program, clock } = await app();
    const now = clock.now();
    const simulations: Shown[] = [];
    const warnings = new Set<string>();
    let asOf = '';
    for (const { partner: named, changes } of supposed) {
      const partner = await findPartner(store, named);
      const found = await simulateTier(store, { program, partnerId: partner.id, changes, now });
      if (found === null) throw await outsideError(store, partner.id);
      asOf = found.asOf;
      simulations.push(shownSimulation(found, changes));
      for (const { label, instead } of found.unasked) warnings.add(text.unasked(label, instead));
    }
    const [first] = simulations;
    const isOnLadder = first?.before.ladder !== null && first?.before.ladder !== undefined;
    return {
      result: { asOf, simulations },
      warnings: [...warnings],
      next: first === undefined ? [] : [(isOnLadder ? text.next : text.nextKpis)(first.partner.name)],
    };
  },
  show: ({ asOf, simulations }, screen) => {
    simulations.forEach((simulation, index) => {
      if (index > 0) screen.line();
      showSimulation(simulation, asOf, screen);
    });
  },
});

function suppositions(
  partner: string | undefined,
  set: readonly string[],
  file: string | undefined,
): Supposition[] {
  const usage = (reason: string) => new TierlinkError('USAGE', { reason, command: 'tier simulate' });
  if (file !== undefined) {
    if (partner !== undefined || set.length > 0) throw usage(text.notBoth);
    return readSuppositions(file);
  }
  if (partner === undefined || set.length === 0) throw usage(text.needsInput);
  return [{ partner, changes: set.map(supposedInput) }];
}

function shownSimulation(found: Simulation, supposed: Shown['supposed']): Shown {
  return {
    partner: { id: found.partnerId, name: found.name ?? found.partnerId },
    supposed,
    inForce: tierLabelIn(found.before.evidence, found.inForce),
    before: shownSide(found.before),
    after: shownSide(found.after),
    forTier: found.tier?.label ?? null,
    requirements: (found.tier === null ? [] : shownRequirements(found.tier)).map((requirement, index) => ({
      ...requirement,
      hasNow: found.requirementsBefore[index]?.has ?? null,
    })),
  };
}

function shownSide(side: SimulatedSide): Shown['before'] {
  const { ladder, evidence, state, prospect } = side;
  return {
    ladder,
    tier: tierLabelIn(evidence, evidence?.computedTier ?? null),
    stands: tierLabelIn(evidence, state?.tier ?? null),
    status: state?.status ?? null,
    decision: decisionText(side),
    prospect,
  };
}

/** Whoever is evaluated for the first time joins, and keeps nothing yet; who holds nothing keeps nothing either. */
function decisionText({ state, decision }: SimulatedSide): string | null {
  if (state === null) return null;
  const isDecided = decision !== null && decision.movement !== 'keep';
  if (!isDecided && state.tier === null && state.status === 'keeps') return text.nothingHeld;
  if (decision !== null) return movementLabel(decision.movement, decision.status, decision.toTier);
  return stateLabel('decision', state.status);
}

function showSimulation(simulation: Shown, asOf: string, screen: Screen): void {
  const { partner, before, after, inForce } = simulation;
  const name = screen.tone('strong', partner.name);
  const tierOf = (side: Shown['before']) =>
    side.ladder === null ? text.noLadder : (side.tier ?? text.noTier);
  const isSame = tierOf(before) === tierOf(after);
  const isOutside = before.ladder === null && after.ladder === null;
  // Where it waits for its company, its figures give no tier.
  const isWaiting = after.ladder !== null && after.status === null;
  const given = isSame
    ? text.unchanged(name, tierOf(after))
    : text.byRules(name, tierOf(before), tierOf(after));
  const said = isWaiting ? name : isOutside ? text.outside(name) : given;
  screen.line(said + text.inForce(inForce ?? text.noTier));
  if (after.decision !== null) screen.line(text.stands(after.stands ?? text.noTier, after.decision, asOf));
  for (const sentence of after.prospect) screen.line(sentence);
  if (simulation.requirements.length === 0) return;
  screen.line();
  screen.table(
    text.columns(simulation.forTier ?? '').map((title, index) => ({ title, wrap: index === 0 })),
    simulation.requirements.map(({ needs, hasNow, has, state, gap, reason, ...named }) => [
      requirementLabel(named),
      needs,
      hasNow ?? '-',
      has,
      stateWord(screen, 'requirement', state),
      gap ?? reason ?? '',
    ]),
  );
}
