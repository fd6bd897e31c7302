import { recomputeKpis } from '../src/kpi/recompute.ts';
import { type Program, parseProgram } from '../src/program/load.ts';
import { openStore, type Store } from '../src/store/open-store.ts';
import { markPartners } from '../src/sync/records/dirty.ts';
import { evaluateTiers } from '../src/tier/run.ts';
import { serve } from './child.ts';
import { benchClock } from './clock.ts';
import { secondsSince } from './drain.ts';
import { benchProgram, figures } from './kpis/figures.ts';
import { everyHundredthPartner, fillStore, type KpiSize } from './kpis/fill.ts';
import type { ComputedFigures } from './kpis-task.ts';
import type { StorePlace } from './project.ts';

/** The process in which figures are computed: one store that was filled without any CRM. */

let store: Store | undefined;
const clock = benchClock(Date.now());

function here(): Store {
  if (store === undefined) throw new Error('no store is open');
  return store;
}

async function open({ folder, databaseUrl }: StorePlace): Promise<void> {
  store = await openStore({ databaseUrl, dataFolder: folder });
}

async function fill(size: KpiSize): Promise<{ seconds: number }> {
  const from = performance.now();
  await fillStore(here(), size);
  return { seconds: secondsSince(from) };
}

function program(): Program {
  const parsed = parseProgram(benchProgram, 'bench.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings, null, 1));
  return parsed.program;
}

/** Each figure of every partner by its own statement, kept in a table as somebody would who works by hand. */
async function byHand(): Promise<{ seconds: number; slowest: string }> {
  await here().query('drop table if exists hand');
  await here().query(
    'create table hand (kpi text, partner text, numerator numeric, denominator numeric, primary key (kpi, partner))',
  );
  const from = performance.now();
  let slowest = { key: '', seconds: 0 };
  for (const { key, sql } of figures) {
    const start = performance.now();
    // What joins figures by hand is slow in some runs and not in others where the newest ones have no statistics.
    if (sql.split('from hand').length > 2) await here().query('analyze hand');
    await here().query(
      `insert into hand (kpi, partner, numerator, denominator) select '${key}', f.* from (${sql}) f`,
    );
    const seconds = secondsSince(start);
    if (seconds > slowest.seconds) slowest = { key, seconds };
  }
  return { seconds: secondsSince(from), slowest: `${slowest.key}, ${slowest.seconds.toFixed(1)} s` };
}

/** How many figures are other ones than those made by hand, and an example. */
async function differences(): Promise<{ compared: number; different: number; example: string | null }> {
  const [row] = await here().query<{ compared: number; different: number; example: string | null }>(
    `with pairs as (
       select coalesce(h.kpi, v.kpi) as kpi, coalesce(h.partner, v.partner_id) as partner,
         h.numerator as hn, h.denominator as hd, v.numerator as vn, v.denominator as vd
       from hand h full join (select * from tierlink.kpi_value where program = 'bench') v
         on v.kpi = h.kpi and v.partner_id = h.partner),
     wrong as (select * from pairs where (vn is null) <> (hn is null) or vn * hd <> hn * vd)
     select (select count(*) from pairs)::int as compared, (select count(*) from wrong)::int as different,
       (select kpi || ' ' || partner || ': ' || coalesce(vn || '/' || vd, 'none') || ', by hand ' ||
          coalesce(hn || '/' || hd, 'none') from wrong order by kpi, partner limit 1) as example`,
  );
  return row!;
}

/** All figures and tiers of everybody. */
async function computeAll(): Promise<ComputedFigures> {
  return await compute('all');
}

/** Changes a deal of every hundredth partner, and works off what follows from that. */
async function computeSome(): Promise<ComputedFigures> {
  const partners = await everyHundredthPartner(here());
  const changed = await here().query<{ partner: string }>(
    `with chosen as (select distinct on (partner) partner, deal from tierlink.credit
       where partner = any($1::text[]) order by partner, deal),
     edited as (update tierlink.deal d set amount = d.amount + 1000 from chosen c where d.id = c.deal returning d.id)
     select distinct k.partner from tierlink.credit k where k.deal in (select id from edited)`,
    [partners],
  );
  const ids = new Set([...partners, ...changed.map(({ partner }) => partner)]);
  const now = new Date(clock.now()).toISOString();
  await here().transaction((tx) => markPartners({ tx, now }, 'deal', ids));
  return await compute('needed');
}

async function compute(mode: 'all' | 'needed'): Promise<ComputedFigures> {
  const request = { program: program(), now: clock.now() };
  const from = performance.now();
  const { partners, values, changed } = await recomputeKpis(here(), {
    ...request,
    ...(mode === 'all' ? { only: 'all' as const } : {}),
  });
  const kpiSeconds = secondsSince(from);
  const start = performance.now();
  const { evaluated } = await evaluateTiers(here(), request);
  return { partners, values, changed, kpiSeconds, evaluated, tierSeconds: secondsSince(start) };
}

serve({
  open,
  fill,
  byHand,
  differences,
  computeAll,
  computeSome,
  close: async () => await here().close(),
  peak: async () => Math.round(process.resourceUsage().maxRSS / 1024),
});
