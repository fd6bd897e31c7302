import { resolve } from 'node:path';
import { z } from 'zod';
import { byName } from '../../../app/partners.ts';
import { loadProgram, type Program } from '../../../program/load.ts';
import { guardChange } from '../../../tier/look/change-guard.ts';
import { compareVersions, type PartnerMove, versionMoves } from '../../../tier/look/compare-versions.ts';
import { guardSchema, shownGuard } from '../../change-guard.ts';
import { defineCommand } from '../../command.ts';
import { formatCount } from '../../format.ts';
import type { Screen } from '../../screen.ts';
import { text } from './compare.messages.ts';

const sideSchema = z.strictObject({
  ladder: z.string().nullable().describe('Key of the ladder; null for none.'),
  tier: z.string().nullable().describe('Label of the tier that is earned; null for none.'),
});
const requirementSchema = z
  .strictObject({
    needs: z.string().describe('What is asked for, in words.'),
    has: z.string().describe('What the partner has, in words.'),
    state: z.string().describe('met, not_met, pending or waived.'),
  })
  .nullable();
const versionSchema = z.strictObject({
  file: z.string().describe('Path of the program file.'),
  name: z.string().describe('Name of the program.'),
  title: z.string().describe('The program as people call it.'),
  version: z.string().describe('Version of the rules.'),
  validFrom: z.string().describe('First day on which the version holds.'),
});

const ladderSchema = z.strictObject({
  key: z.string().describe('Key of the ladder.'),
  label: z.string().describe('Name of the ladder.'),
});
const countsSchema = z.strictObject({
  up: z.int().describe('Partners that would earn a higher tier.'),
  down: z.int().describe('Partners that would earn a lower tier, or none.'),
  joins: z.int().describe('Partners that would join a ladder.'),
  leaves: z.int().describe('Partners that no ladder would fit any more.'),
  other_ladder: z.int().describe('Partners that would be on another ladder.'),
  unknown: z
    .int()
    .describe('Partners of which it cannot be told, because inputs are late, partial or pending.'),
  same: z.int().describe('Partners that would earn the same tier.'),
});

const resultSchema = z.strictObject({
  asOf: z.string(),
  before: versionSchema.describe('The version in force.'),
  after: versionSchema.describe('The new version.'),
  guard: guardSchema.describe(
    'What taking it into use does to those who rely on the rules; null while no version is in use.',
  ),
  counts: countsSchema.describe('Partners by what becomes of their tier.'),
  beside: z
    .array(
      z.strictObject({
        ladder: ladderSchema.describe('The ladder that it is about.'),
        counts: countsSchema.describe('Partners by what becomes of their place on it.'),
      }),
    )
    .describe('The same for each ladder beside that of the tier, such as a specialisation.'),
  tiers: z
    .array(
      z.strictObject({
        ladder: z.string(),
        ladderLabel: z.string().describe('Name of the ladder.'),
        tier: z.string().nullable().describe('Label of the tier; null for none.'),
        type: z
          .string()
          .nullable()
          .describe(
            'Key of the partner type, empty for partners that have none; null for all of them together.',
          ),
        typeLabel: z
          .string()
          .nullable()
          .describe('The partner type as people call it, empty for partners that have none; null for all.'),
        before: z.int().describe('Partners that earn it by the version in force.'),
        after: z.int().describe('Partners that would earn it by the new version.'),
      }),
    )
    .describe('How many partners earn each tier, in all and by partner type.'),
  moves: z
    .array(
      z.strictObject({
        partner: z.strictObject({ id: z.string(), name: z.string() }),
        types: z.array(z.string()).describe('Partner types.'),
        ladder: ladderSchema.describe('The ladder that it is about.'),
        move: z.enum(versionMoves).describe('What the new version would do.'),
        before: sideSchema.describe('By the version in force.'),
        after: sideSchema.describe('By the new version.'),
        forTier: z.string().nullable().describe('Label of the tier that is gained, lost or open.'),
        why: z
          .array(
            z.strictObject({
              id: z.string().describe('Id of the requirement inside its tier.'),
              label: z.string().describe('What is asked for.'),
              before: requirementSchema.describe(
                'By the version in force; null where it does not ask for it.',
              ),
              after: requirementSchema.describe('By the new version; null where it does not ask for it.'),
            }),
          )
          .describe('The requirements of that tier that decide it.'),
      }),
    )
    .describe('Partners that would not stay where they are.'),
});
type Result = z.infer<typeof resultSchema>;

export const programCompare = defineCommand({
  name: 'program compare',
  summary: text.summary,
  description: text.description,
  args: {
    old: { help: text.before, required: true },
    new: { help: text.after, required: true },
  },
  examples: ['tierlink program compare programs/starter.yaml programs/next-year.yaml'],
  result: resultSchema,
  run: async ({ args, app }) => {
    const before = loadProgram(resolve(args.old));
    const after = loadProgram(resolve(args.new));
    const { store, clock } = await app();
    const now = clock.now();
    const compared = await compareVersions(store, { before, after, now });
    const guard = shownGuard(await guardChange(store, { program: after, now }));
    const version = ({ file, name, title, version: number, validFrom }: typeof before) => ({
      file,
      name,
      title,
      version: number,
      validFrom,
    });
    return {
      result: {
        asOf: compared.asOf,
        before: version(before),
        after: version(after),
        guard,
        counts: compared.counts,
        beside: compared.beside,
        tiers: compared.tiers.map(({ type, ...tier }) => ({
          ...tier,
          type,
          typeLabel: typeLabel([after, before], type),
        })),
        moves: compared.moves
          .filter(({ move }) => move !== 'same')
          .map(shownMove)
          .sort((left, right) => byName(left.partner, right.partner)),
      },
      warnings: warningsOf(before, after),
      next: [text.next(args.new)],
    };
  },
  show: (result, screen) => {
    screen.line(headText(result));
    screen.line();
    if (result.tiers.length === 0) {
      screen.line(text.nobody);
      return;
    }
    showMoves(result, screen);
    showTiers(result, screen);
    screen.line();
    if (Object.values(result.counts).some((count) => count > 0))
      screen.line(text.counts(countsText(result.counts)));
    for (const { ladder, counts } of result.beside)
      screen.line(text.countsOf(ladder.label, countsText(counts)));
    for (const sentence of result.guard?.sentences ?? []) screen.line(screen.tone('wait', sentence));
  },
});

function headText({ before, after, asOf }: Result): string {
  if (before.name === after.name) return text.head(before.version, after.version, asOf);
  const titled = ({ title, version }: Result['before']) => text.titled(title, version);
  return text.headOther(titled(before), titled(after), asOf);
}

/** By the new version, else by the one in force. */
function typeLabel(programs: readonly Program[], type: string | null): string | null {
  const known = programs.flatMap(({ partnerTypes }) => partnerTypes);
  return known.find(({ key }) => key === type)?.label ?? type;
}

function countsText(counts: Result['counts']): string {
  return versionMoves
    .filter((move) => counts[move] > 0)
    .map((move) => `${formatCount(counts[move])} ${text.moves[move][counts[move] === 1 ? 0 : 1]}`)
    .join(', ');
}

function warningsOf(before: Program, after: Program): string[] {
  if (before.name !== after.name) return [text.otherProgram(before.name, after.name)];
  const isSame = before.version === after.version && before.hash !== after.hash;
  return isSame ? [text.sameVersion(after.version, after.file)] : [];
}

function shownMove({ partnerId, name, ...move }: PartnerMove): Result['moves'][number] {
  return { partner: { id: partnerId, name: name ?? partnerId }, ...move };
}

function showMoves({ moves }: Result, screen: Screen): void {
  if (moves.length === 0) return;
  screen.table(
    text.columns.map((title, index) => ({ title, wrap: index === 5 })),
    moves
      .toSorted((left, right) => versionMoves.indexOf(left.move) - versionMoves.indexOf(right.move))
      .map(({ partner, ladder, before, after, move, why }) => [
        partner.name,
        ladder.label,
        before.tier ?? text.none,
        after.tier ?? text.none,
        text.moves[move][0],
        why.map(whyText).join('; '),
      ]),
  );
  screen.line();
}

function whyText({ label, before, after }: Result['moves'][number]['why'][number]): string {
  if (after === null) return text.dropped(label, before?.needs ?? '');
  if (before === null) return text.why(label, after.has, after.needs, text.newRequirement);
  const was = before.needs === after.needs ? '' : text.was(before.needs);
  const counted = before.has === after.has ? '' : text.hadBefore(before.has);
  return text.why(label, after.has, after.needs, was + counted);
}

function showTiers({ tiers }: Result, screen: Screen): void {
  screen.table(
    text.tierColumns.map((title, index) => ({ title, align: index > 2 ? 'right' : 'left' })),
    tiers.map(({ ladderLabel, tier, typeLabel: type, before, after }) => [
      ladderLabel,
      tier ?? text.noTier,
      type === '' ? text.noType : (type ?? text.allTypes),
      formatCount(before),
      formatCount(after),
      after === before ? '' : `${after > before ? '+' : '-'}${formatCount(Math.abs(after - before))}`,
    ]),
  );
}
