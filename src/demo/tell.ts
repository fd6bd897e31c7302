import { listPartners } from '../app/partners.ts';
import { headlineKpi, readStandings, type Standing } from '../app/standings.ts';
import type { App } from '../app.ts';
import { dayOf } from '../program/civil-date.ts';
import { listMatches, type Match, type MatchedRecord } from '../sync/match/matches.ts';
import type { PassResult } from '../sync/pass/pass.ts';
import type { PlayedPass } from './demo-pass.ts';
import { kpiMoves, sharedRecords, tierMoves } from './observe.ts';
import type { DemoSection, MatchLine, PartnerLine, ReadLine } from './sections.ts';

/** Makes the parts of the demo of what a pass did and what the store holds then. */

/** Values as people read them; the command line owns these words. */
export interface DemoWords {
  figure(value: NonNullable<Standing['headline']>): string;
  requirements(standing: Pick<Standing, 'requirements' | 'against'>): string;
}

type Of<K extends DemoSection['kind']> = Extract<DemoSection, { kind: K }>;

export function readSection({ result, line }: PlayedPass): Of<'read'> {
  const lines = result.connections.flatMap(({ connection, pull }) =>
    (pull?.objects ?? []).flatMap(({ object, counts }) =>
      Object.entries(counts).map(([entity, each]) => ({ connection, object, entity, counts: each })),
    ),
  );
  const sum = (name: 'held' | 'invalid') => lines.reduce((total, { counts }) => total + counts[name], 0);
  const read = lines.map(
    ({ counts, ...place }): ReadLine => ({ ...place, records: counts.read - counts.outOfScope }),
  );
  const { calls, byConnection, tookMs } = line;
  return { kind: 'read', read, calls, byConnection, tookMs, held: sum('held'), invalid: sum('invalid') };
}

/** What was joined and what waits for a person; undefined where nothing is matched, because there is one connection. */
export async function matchedSection(app: App, result: PassResult): Promise<Of<'matched'> | undefined> {
  if (result.matching === null) return undefined;
  const matches = await listMatches(app.store);
  const lines = (state: Match['state']) => matches.filter((match) => match.state === state).map(matchLine);
  return { kind: 'matched', joined: lines('joined'), proposed: lines('open') };
}

/** The record that stays, or would stay, stands first. */
function matchLine({ id, entity, rule, key, survivor, one, other }: Match): MatchLine {
  const [first, second] = survivor === other.id ? [other, one] : [one, other];
  return { id, entity, rule, key, one: side(first), other: side(second) };
}

function side({ id, name, connections }: MatchedRecord): MatchLine['one'] {
  return { name: name ?? id, connections };
}

export async function partnersSection(app: App, words: DemoWords): Promise<Of<'partners'>> {
  const { store, program, clock } = app;
  const now = clock.now();
  const asOf = dayOf(now, program.timeZone);
  const rows = await listPartners(store);
  const standings = await readStandings(store, { program, partners: rows.map(({ id }) => id), now, asOf });
  const holders = await holdersOf(app);
  const ranks = program.ladders.flatMap((ladder) => ladder.tiers.map((tier) => tier.key));
  const ranked = rows.flatMap((row) => {
    const standing = standings.get(row.id);
    return standing === undefined ? [] : [{ row, standing, rank: ranks.indexOf(standing.tierKey ?? '') }];
  });
  const partners: PartnerLine[] = ranked
    .sort((a, b) => b.rank - a.rank)
    .map(({ row, standing }) => ({
      name: row.name,
      tier: standing.tier,
      headline: standing.headline === null ? '-' : words.figure(standing.headline),
      requirements: words.requirements(standing),
      next: standing.against,
      asOf,
      connections: holders.get(row.id) ?? [],
    }));
  const kpi = headlineKpi(program);
  return { kind: 'partners', headline: kpi === undefined ? '' : program.kpis[kpi]!.label, partners };
}

/** The connections that hold each partner, in the order of the project. */
async function holdersOf(app: App): Promise<Map<string, string[]>> {
  const holders = new Map<string, string[]>();
  for (const { alias } of app.connections) {
    for (const { id } of await listPartners(app.store, { connection: alias }))
      holders.set(id, [...(holders.get(id) ?? []), alias]);
  }
  return holders;
}

export async function changedSection(app: App, words: DemoWords, played: PlayedPass): Promise<Of<'changed'>> {
  const { result, before, after, line } = played;
  const counts = result.connections
    .flatMap(({ pull }) => pull?.objects ?? [])
    .flatMap((each) => Object.values(each.counts));
  const merged = counts.reduce((sum, each) => sum + each.merged, 0);
  const changed = counts.reduce((sum, each) => sum + each.created + each.updated + each.deleted, merged);
  const kpis = kpiMoves(app, before, after).map((move) => ({
    partner: move.partner,
    label: app.program.kpis[move.kpi]!.label,
    before: move.before === null ? '-' : words.figure(move.before),
    after: words.figure(move.after),
  }));
  const tiers = await tierMoves(app, before);
  const moved = new Set(tiers.map(({ partnerId }) => partnerId));
  const shared = (await sharedRecords(app)).filter(({ partnerId }) => moved.has(partnerId));
  return { kind: 'changed', changed, merged, kpis, tiers, pass: line, shared };
}
