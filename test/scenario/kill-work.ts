import { instantOf } from '../../src/model/clock.ts';
import { markOutbox } from '../../src/store/mark-outbox.ts';
import { type ImportKind, importFile } from '../../src/sync/import/import.ts';
import { setTierMode, setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { acceptMatch } from '../../src/sync/match/decide.ts';
import { runKpis, runPrune, runPull, runPush, runTiers } from '../../src/sync/pass/steps.ts';
import { listDifferences, resolveDifferences } from '../../src/sync/push/differences.ts';
import { retryRejects } from '../../src/sync/push/rejects.ts';
import { loadConnection } from '../../src/sync/records/connections.ts';
import { loadRecords, saveRecords } from '../../src/sync/records/record-rows.ts';
import { keepOverride } from '../../src/tier/overrides.ts';
import type { ChannelEngine } from '../services/channel-engine.ts';
import { caseWords } from './kill-mappings.ts';
import type { Part, Stage } from './kill-words.ts';

/** Does a part of a stage; begun again after a death it goes on. Returns how many records its last pushes took up. */
export async function doStage(
  channel: ChannelEngine,
  { stage, part }: { stage: Stage; part: Part },
): Promise<number> {
  return part === 'quiet' ? await pass(channel) : await work[stage](channel);
}

const work: Record<Stage, (channel: ChannelEngine) => Promise<number>> = {
  read: passes,
  takeOver,
  change: passes,
  import: importAll,
  review: passes,
  demote: async (channel) => {
    const written = await bySteps(channel);
    return channel.connections.length > 1 ? await passes(channel) : written;
  },
  decide,
  reconcile: (channel) => passes(channel, { full: true }),
};

async function pass(channel: ChannelEngine, options: { full?: boolean } = {}): Promise<number> {
  const { connections } = await channel.pass(options);
  return connections.reduce((sum, { push }) => sum + (push?.total.claimed ?? 0), 0);
}

/**
 * What one CRM takes over of another goes there with the pass after it. A restart makes that pass at once, so all of them
 * belong to the stage.
 */
async function passes(channel: ChannelEngine, options: { full?: boolean } = {}): Promise<number> {
  let written = await pass(channel, options);
  for (let times = 1; channel.connections.length > 1 && times < mostPasses; times += 1) {
    written = await pass(channel);
  }
  return written;
}

const mostPasses = 3;

/** What a person does who repeats a command that was cut off: what is done already is not asked for again. */
async function takeOver(channel: ChannelEngine): Promise<number> {
  const { store, clock } = channel.engine;
  for (const { alias, mappings } of channel.connections) {
    const before = await loadConnection(store.db, alias);
    const change = { store, clock, id: alias, actor: 'admin', mappings: mappings() };
    if (before.tier_mode !== 'owned') await setTierMode({ ...change, mode: 'owned' });
    if (!before.write_back) await setWriteBack({ ...change, on: true, confirm: alias });
  }
  return await passes(channel);
}

const files: Record<ImportKind, string> = {
  partners: `id,name,number,country,parent,started_on
F-1,Filed branch,F-1001,Sweden,F-2,2025-01-01
F-2,Filed house,F-1002,Sweden,,2025-01-01
`,
  deals: `id,partner,role,share,is_primary,name,customer,amount,currency,is_won,close_on
FD-1,Renamed,sourced,60,true,Filed deal,Filed customer,125000,USD,true,2026-02-01
FD-1,Filed house,influenced,40,false,Filed deal,Filed customer,125000,USD,true,2026-02-01
FD-2,Partner 5,sourced,,,Open deal,Inlet,10000,EUR,false,2026-09-30
`,
  people: `email,partner,name,role
ada@renamed.example,Renamed,Ada Berg,technical
bo@newcomer.example,Newcomer,Bo Ek,sales
`,
  certifications: `email,holder,partner,code,issued_on,expires_on,status
ada@renamed.example,Ada Berg,Renamed,T-9,2025-05-01,2028-04-30,active
cy@renamed.example,Cy Dahl,Renamed,T-9,2025-06-01,2028-05-31,active
di@partner5.example,Di Falk,Partner 5,T-8,2025-06-01,2026-06-30,active
`,
  leads: `partner,name,company,email,created_at,delivered_at,accepted_at
Partner 1,Eva Gran,Harbour,eva@harbour.example,2025-11-02,2025-11-03,2025-11-04
Partner 6,Finn Holm,Inlet,finn@inlet.example,2025-11-02,2025-11-03,
`,
  facts: `partner,kind,occurred_on,quantity
Renamed,usage,2026-02-28,12.5
Newcomer,usage,2026-02-28,7
`,
};

const wrongDeals = `id,partner,role,name,customer,amount,currency,is_won,close_on
WD-1,Renamed,sourced,Wrong deal,Wrong customer,990000,USD,true,2026-02-01
WD-2,Filed house,sourced,Wrong deal,Wrong customer,880000,USD,true,2026-02-02
`;

async function importAll(channel: ChannelEngine): Promise<number> {
  for (const [kind, text] of Object.entries(files)) await bringIn(channel, kind as ImportKind, text);
  await takeBack(channel);
  await setCases(channel, 'Case 1', 'solved');
  return await passes(channel);
}

async function bringIn(
  { engine: { store, clock, program } }: ChannelEngine,
  kind: ImportKind,
  text: string,
  { remove = false } = {},
): Promise<void> {
  const context = { timeZone: program.timeZone, currency: program.currency.code };
  await importFile(kind, text, { store, clock, context, author: 'admin', file: `${kind}.csv`, remove });
}

/** A wrong file that is taken back: what was, by a command that was cut off at its end, does not come again. */
async function takeBack(channel: ChannelEngine): Promise<void> {
  const { store } = channel.engine;
  const gone = await store.query(
    `select 1 from tierlink.link where connection = 'import' and object = 'deals' and state = 'deleted' limit 1`,
  );
  if (gone.length > 0) return;
  await bringIn(channel, 'deals', wrongDeals);
  await bringIn(channel, 'deals', wrongDeals, { remove: true });
}

/** What a person with us says about cases. */
async function setCases(
  { engine }: ChannelEngine,
  subject: string,
  word: 'solved' | 'atWork',
): Promise<void> {
  const { store, clock } = engine;
  const now = instantOf(clock.now());
  const cases = await store.query<{ id: string; object: string }>(
    `select c.id, l.object from tierlink.support_case c
     join tierlink.link l on l.entity = 'case' and l.record_id = c.id where c.subject = $1 order by 1`,
    [subject],
  );
  for (const { id, object } of cases) {
    await store.transaction(async (tx) => {
      const row = (await loadRecords(tx, 'case', [id])).get(id)!;
      const values = { ...row.values, status: caseWords[object]![word] };
      if (values.status === row.values.status) return;
      await saveRecords(tx, 'case', { created: [], changed: [{ ...row, values, knownFrom: now }], now });
      await markOutbox(tx, { entity: 'case', recordIds: [id], now });
    });
  }
}

/** The same as a pass, as the schedules of a service do it. */
async function bySteps({ engine, connections }: ChannelEngine): Promise<number> {
  for (const connection of connections) await runPull(engine, connection);
  await runKpis(engine);
  await runTiers(engine, connections);
  let written = 0;
  for (const connection of connections) {
    const { value } = await runPush(engine, connection);
    written += typeof value === 'object' ? value.total.claimed : 0;
  }
  await runPrune(engine, { runs: 30, audit: 400, versions: 400, kpiPeriods: 800 });
  return written;
}

/**
 * Hand-set tiers are accepted, everything else is overruled, what was refused is tried again, a customer that two CRMs hold
 * is known to be one, and a case is opened again.
 */
async function decide(channel: ChannelEngine): Promise<number> {
  const { store, clock } = channel.engine;
  const accepted = await store.query<{ record_id: string }>(
    `select record_id from tierlink.audit where action = 'accept_theirs'`,
  );
  const isAccepted = new Set(accepted.map((row) => row.record_id));
  for (const { record_id: recordId, attribute } of await listDifferences(store)) {
    if (!isAccepted.has(recordId)) await resolve(channel, recordId, attribute);
  }
  const refused = await store.query(`select from tierlink.pending_write where state = 'rejected'`);
  if (refused.length > 0) {
    await store.transaction((tx) => retryRejects(tx, { filter: {}, clock, actor: 'admin' }));
  }
  const proposed = await store.query<{ id: string }>(
    `select id from tierlink.match where state = 'open' and entity = 'customer' and key = 'customer 1'`,
  );
  for (const { id } of proposed) await acceptMatch({ ...channel.engine, actor: 'admin' }, id);
  await setCases(channel, 'Case 1', 'atWork');
  return await passes(channel);
}

async function resolve({ engine }: ChannelEngine, recordId: string, attribute: string): Promise<void> {
  const { store, clock, program } = engine;
  const terms = { reason: 'agreed', author: 'admin', until: '2026-12-31', now: clock.now() };
  await resolveDifferences({
    store,
    clock,
    actor: 'admin',
    filter: { recordIds: [recordId], attribute },
    take: attribute === 'tier' ? 'theirs' : 'ours',
    override: async (offered) => (tx) => keepOverride(tx, { program, ...offered, ...terms }),
  });
}
