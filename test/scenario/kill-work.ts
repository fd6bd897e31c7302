import { setTierMode, setWriteBack } from '../../src/sync/connection-settings.ts';
import { loadConnection } from '../../src/sync/connections.ts';
import { listDifferences, resolveDifferences } from '../../src/sync/differences.ts';
import { type ImportKind, importFile } from '../../src/sync/import.ts';
import { retryRejects } from '../../src/sync/rejects.ts';
import { runKpis, runPrune, runPull, runPush, runTiers } from '../../src/sync/steps.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { type ChannelEngine, channelAlias } from '../services/channel-engine.ts';
import type { Part, Stage } from './kill-words.ts';

/** Does a part of a stage; begun again after a death it goes on. Returns how many records its last push took up. */
export async function doStage(
  channel: ChannelEngine,
  { stage, part }: { stage: Stage; part: Part },
): Promise<number> {
  return part === 'quiet' ? await pass(channel) : await work[stage](channel);
}

const work: Record<Stage, (channel: ChannelEngine) => Promise<number>> = {
  read: pass,
  takeOver,
  change: pass,
  import: importAll,
  review: pass,
  demote: bySteps,
  decide,
  reconcile: (channel) => pass(channel, { full: true }),
};

async function pass(channel: ChannelEngine, options: { full?: boolean } = {}): Promise<number> {
  const [result] = (await channel.pass(options)).connections;
  return result!.push?.total.claimed ?? 0;
}

/** What a person does who repeats a command that was cut off: what is done already is not asked for again. */
async function takeOver(channel: ChannelEngine): Promise<number> {
  const { store, clock } = channel.engine;
  const before = await loadConnection(store.db, channelAlias);
  const change = { store, clock, id: channelAlias, actor: 'admin', mappings: channel.connection.mappings() };
  if (before.tier_mode !== 'owned') await setTierMode({ ...change, mode: 'owned' });
  if (!before.write_back) await setWriteBack({ ...change, on: true, confirm: channelAlias });
  return await pass(channel);
}

const files: Record<ImportKind, string> = {
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

async function importAll(channel: ChannelEngine): Promise<number> {
  const { store, clock, program } = channel.engine;
  const context = { timeZone: program.timeZone, currency: program.currency.code };
  for (const [kind, text] of Object.entries(files)) {
    const file = `${kind}.csv`;
    await importFile(kind as ImportKind, text, { store, clock, context, author: 'admin', file });
  }
  return await pass(channel);
}

/** The same as a pass, as the schedules of a service do it. */
async function bySteps({ engine, connection }: ChannelEngine): Promise<number> {
  await runPull(engine, connection);
  await runKpis(engine);
  await runTiers(engine, [connection]);
  const { value } = await runPush(engine, connection);
  await runPrune(engine, { runs: 30, audit: 400, versions: 400, kpiPeriods: 800 });
  return typeof value === 'object' ? value.total.claimed : 0;
}

/** Hand-set tiers are accepted, everything else is overruled, and what was refused is tried again. */
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
  return await pass(channel);
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
    override: async (offered) => {
      await createOverride(store, { program, ...offered, ...terms });
    },
  });
}
