import { resolve } from 'node:path';
import { loadProgram } from '../../../program/load.ts';
import { periodWords } from '../../../program/schema/movement.ts';
import { defineCommand } from '../../command.ts';
import { keepingWords, months } from '../../movement-words.ts';
import { outlineOf, outlineSchema, type ProgramOutline } from '../../program-outline.ts';
import type { Screen } from '../../screen.ts';
import { text } from './show.messages.ts';

export const programShow = defineCommand({
  name: 'program show',
  summary: text.summary,
  args: { file: { help: text.file, required: false } },
  examples: ['tierlink program show', 'tierlink program show programs/no-tiers.yaml'],
  result: outlineSchema,
  run: async ({ args, project }) => {
    const file = args.file === undefined ? resolve(project().folder, project().program) : resolve(args.file);
    return { result: outlineOf(loadProgram(file)), next: [text.next(args.file)] };
  },
  show: (program, screen) => {
    screen.line(screen.tone('strong', text.title(program.title, program.version, program.validFrom)));
    const fiscalYearStart = program.fiscalYearStart === 1 ? null : months[program.fiscalYearStart - 1]!;
    const period = periodWords[program.period];
    screen.line(text.circumstances({ ...program, period, fiscalYearStart }));
    showRates(program, screen);
    showOrigin(program, screen);
    showMethod(program, screen);
    showWork(program, screen);
    showGoals(program, screen);
    showAlike(program.ladders, screen, { show: (ladder) => showLadder(ladder, screen), name: withAsked });
    if (program.ladders.length === 0) heading(screen, text.noLadders);
    if (program.approval.length > 0) {
      heading(screen, text.approval);
      for (const sentence of program.approval) bullet(screen, sentence);
    }
    if (program.profile !== null) showProfile(program.profile, screen);
    heading(screen, text.figures);
    screen.line(`  ${text.whenEmpty}`);
    showAlike(program.kpis, screen, {
      show: (kpi) => showFigure(kpi, program, screen),
      name: ({ label }) => label,
    });
    showInputs(program.inputs, screen);
  },
});

function showRates({ rates, rateAt, currency }: ProgramOutline, screen: Screen): void {
  if (rates.length === 0) return;
  heading(screen, text.rates(currency));
  for (const code of new Set(rates.map((one) => one.currency))) {
    const own = rates.filter((one) => one.currency === code);
    bullet(screen, `${code}: ${own.map(({ rate, from }) => text.rate(rate, from)).join(', ')}`);
  }
  if (rates.some(({ from }) => from !== null)) bullet(screen, text.rateAt[rateAt]);
}

function showOrigin({ published }: ProgramOutline, screen: Screen): void {
  if (published === null) return;
  const { sources, readOn, unknown, errata } = published;
  heading(screen, text.sources(readOn));
  for (const { url, about } of sources) bullet(screen, about === null ? url : `${url}: ${about}`);
  if (unknown.length > 0) heading(screen, text.unknown);
  for (const words of unknown) bullet(screen, words);
  if (errata.length > 0) heading(screen, text.errata);
  for (const words of errata) bullet(screen, words);
}

function showTracks({ tracks, trackKeeping }: ProgramOutline, screen: Screen): void {
  if (tracks.length > 0) heading(screen, text.tracks);
  for (const track of tracks) bullet(screen, text.track(explained(track), track.when));
  if (trackKeeping !== null) bullet(screen, text.trackKeeping(keepingWords(trackKeeping)));
}

function showMethod(program: ProgramOutline, screen: Screen): void {
  const { partnerTypes, regions, successFactors, motivators } = program;
  heading(screen, text.types);
  for (const type of partnerTypes) bullet(screen, explained(type));
  if (regions.length > 0) heading(screen, text.regions);
  for (const region of regions)
    bullet(screen, text.region(explained(region), region.has?.join(', ') ?? text.otherCountries));
  showTracks(program, screen);
  if (successFactors.length > 0) heading(screen, text.factors);
  successFactors.forEach((factor, index) => {
    screen.line(`  ${index + 1}. ${explained(factor)}`, 5);
    for (const kpi of factor.kpis) screen.line(`     - ${text.withTarget(kpi)}`, 7);
  });
  if (motivators.length > 0) heading(screen, text.motivators);
  motivators.forEach((motivator, index) => {
    const types = motivator.partnerTypes.length === 0 ? '' : ` (${forWhom(motivator)})`;
    screen.line(`  ${index + 1}. ${explained({ ...motivator, label: `${motivator.label}${types}` })}`, 5);
  });
}

function showWork({ benefits, responsibilities, ramp }: ProgramOutline, screen: Screen): void {
  if (benefits.length > 0) heading(screen, text.benefits);
  for (const benefit of benefits) {
    const due = benefit.due === null ? '' : text.due(benefit.due);
    bullet(screen, `${explained(benefit)}${due}${ofTypes(benefit)}`);
    for (const line of benefit.gives) screen.line(`      - ${line}`);
  }
  if (responsibilities.length > 0) heading(screen, text.responsibilities);
  for (const one of responsibilities) {
    const tiers = one.tiers.length === 0 ? '' : ` (${one.tiers.join(', ')})`;
    bullet(screen, `${one.label}${tiers}${ofTypes(one)}`);
    if (one.vendor !== null) screen.line(`      ${text.vendor(one.vendor)}`);
    if (one.partner !== null) screen.line(`      ${text.partner(one.partner)}`);
    for (const line of one.expects) screen.line(`      ${text.expected(line)}`);
  }
  if (ramp === null) return;
  heading(screen, text.ramp(ramp.days));
  for (const step of ramp.steps) bullet(screen, step);
}

function ofTypes(one: { partnerTypes: readonly string[] }): string {
  return one.partnerTypes.length === 0 ? '' : `, ${forWhom(one)}`;
}

function showGoals({ goals }: ProgramOutline, screen: Screen): void {
  if (goals.length > 0) heading(screen, text.goals);
  for (const goal of goals) {
    const who = goal.who.length === 0 ? '' : ` (${goal.who.join(', ')})`;
    bullet(screen, `${explained({ ...goal, label: `${goal.label}${who}` })}: ${goal.asks.join('; ')}`);
  }
}

/** Of what a template makes for several values the first, with what the others are called. */
function showAlike<T extends Pick<Ladder, 'madeFor'>>(
  all: readonly T[],
  screen: Screen,
  { show, name }: { show: (one: T) => void; name: (one: T) => string },
): void {
  for (const one of all) {
    const alike = all.filter(({ madeFor }) => madeFor !== null && madeFor.part === one.madeFor?.part);
    if (alike.length > 0 && alike[0] !== one) continue;
    show(one);
    if (alike.length > 1) bullet(screen, text.alike(one.madeFor!.each, alike.slice(1).map(name)));
  }
}

function withAsked({ label, tiers }: Ladder): string {
  return `${label} (${tiers.flatMap(({ requirements }) => requirements).join(', ')})`;
}

type Ladder = ProgramOutline['ladders'][number];

function showLadder(ladder: Ladder, screen: Screen): void {
  const where = ladder.where === null ? '' : `, ${text.where(ladder.where)}`;
  const kind = ladder.isSpecialisation ? text.specialisation : ladder.beside ? text.beside : '';
  heading(screen, `${ladder.label}, ${forWhom(ladder)}${where}${kind}`);
  for (const tier of ladder.tiers) {
    if (!ladder.isSpecialisation || tier.help !== null)
      screen.line(`  ${screen.tone('strong', explained(tier))}`, 4);
    if (tier.requirements.length === 0) screen.line(`    ${text.asksForNothing}`);
    else list(screen, text.asksFor, tier.requirements);
    if (tier.keepRequirements !== null) list(screen, text.toKeep, tier.keepRequirements);
    if (tier.onBestTrack) screen.line(`    ${text.onBestTrack}`);
    if (tier.onBestRegion) screen.line(`    ${text.onBestRegion}`);
    if (tier.benefits.length > 0) list(screen, text.gives, tier.benefits);
  }
  if (ladder.hold === 'cumulative') bullet(screen, text.cumulative);
  if (ladder.heldBy === 'company') bullet(screen, text.heldByCompany);
  if (ladder.entry !== null) bullet(screen, text.entry(ladder.entry));
  for (const sentence of ladder.movement) bullet(screen, sentence);
}

function showFigure(kpi: ProgramOutline['kpis'][number], program: ProgramOutline, screen: Screen): void {
  screen.line(
    `  ${screen.tone('strong', text.figure(kpi.label, kpi.unit === 'money' ? program.currency : kpi.unit))}${kpi.help === null ? '' : `: ${kpi.help}`}`,
    4,
  );
  for (const { part, says, lines } of kpi.parts) {
    screen.line(`    ${text.made(part, says, lines.length > 0)}`, 6);
    for (const line of lines) screen.line(`      - ${line}`);
  }
  for (const rule of kpi.rules) screen.line(`    ${rule}`, 6);
}

function showInputs(
  { tables, certificates, calendars, freshness, attributes }: ProgramOutline['inputs'],
  screen: Screen,
): void {
  if (tables.length > 0) heading(screen, text.tables);
  for (const table of tables) {
    bullet(screen, explained(table));
    for (const { from, values } of table.versions) {
      if (from !== null) screen.line(`      ${text.tableFrom(from)}`);
      for (const value of values) screen.line(`      - ${value}`);
    }
    screen.line(`      ${text.missing[table.missing]}`);
  }
  if (certificates.length > 0) heading(screen, text.certificates);
  for (const line of certificates) bullet(screen, line);
  if (calendars.length > 0) heading(screen, text.calendars);
  for (const line of calendars) bullet(screen, line);
  if (attributes.length > 0) heading(screen, text.attributes);
  for (const line of attributes) bullet(screen, line);
  heading(screen, text.freshness);
  for (const line of freshness) bullet(screen, line);
}

function showProfile(profile: NonNullable<ProgramOutline['profile']>, screen: Screen): void {
  heading(screen, text.profile(profile.label));
  if (profile.help !== null) screen.line(`  ${profile.help}`);
  screen.table(
    text.profileColumns.map((title, index) => ({
      title,
      align: index === 1 ? 'right' : 'left',
      wrap: index === 2,
    })),
    profile.criteria.map(({ label, weight, ideal }) => [label, `${weight} %`, ideal]),
  );
}

function heading(screen: Screen, words: string): void {
  screen.line();
  screen.line(screen.tone('strong', words));
}

function bullet(screen: Screen, words: string): void {
  screen.line(`  - ${words}`);
}

function list(screen: Screen, title: string, lines: readonly string[]): void {
  screen.line(`    ${title}`);
  for (const line of lines) screen.line(`      - ${line}`);
}

function explained({ label, help }: { label: string; help: string | null }): string {
  return help === null ? label : `${label}: ${help}`;
}

function forWhom({ partnerTypes }: { partnerTypes: readonly string[] }): string {
  return partnerTypes.length === 0 ? text.everyPartner : text.forTypes(partnerTypes);
}
