// Run as a process of its own: does one stage of work after another, as it is told, until it is killed.
import { openStore, type Store } from '../../src/store/open-store.ts';
import { setTierMode, setWriteBack } from '../../src/sync/connection-settings.ts';
import { loadConnection } from '../../src/sync/connections.ts';
import { type ChannelEngine, channelAlias, openChannelEngine } from '../services/channel-engine.ts';
import { storeState } from './kill-state.ts';
import type { ChildAnswer, ChildOrder, ChildSite, Stage } from './kill-words.ts';

const site = JSON.parse(process.argv[2] ?? '') as ChildSite;
const clock = { time: 0 };
const statements = { done: 0, dieAt: Number.POSITIVE_INFINITY, afterMs: 0 };

const store = await openStore(site.store);
countStatements(store);
const channel = await openChannelEngine({ store, now: () => clock.time, connect: site.connect });
process.on('message', (order: ChildOrder) => void obey(order));
say({ kind: 'ready' });

async function obey(order: ChildOrder): Promise<void> {
  if (order.kind === 'dump') {
    say({ kind: 'state', state: await storeState(store) });
    return;
  }
  clock.time = order.now;
  Object.assign(statements, {
    done: 0,
    dieAt: order.dieAtStatement ?? Number.POSITIVE_INFINITY,
    afterMs: order.afterMs,
  });
  const written = await stages[order.stage](channel);
  say({ kind: 'done', stage: order.stage, statements: statements.done, written });
}

function say(answer: ChildAnswer): void {
  process.send?.(answer);
}

/** Everything that happens from the first reading to the first writing. */
async function load(at: ChannelEngine): Promise<number> {
  const before = await loadConnection(store.db, channelAlias);
  if (!before.write_back) await at.pass();
  const change = {
    store,
    clock: at.engine.clock,
    id: channelAlias,
    actor: 'admin',
    mappings: at.connection.mappings(),
  };
  if (before.tier_mode !== 'owned') await setTierMode({ ...change, mode: 'owned' });
  if (!before.write_back) await setWriteBack({ ...change, on: true, confirm: channelAlias });
  return await pass(at);
}

async function pass(at: ChannelEngine): Promise<number> {
  const { push } = (await at.pass()).connections[0]!;
  return push === null ? 0 : push.total.claimed;
}

const stages: Record<Stage, (at: ChannelEngine) => Promise<number>> = { load, change: pass, quiet: pass };

/** Dies some time after having sent its n-th statement: while it runs, after it is done, or in what follows. */
function countStatements({ pool }: Store): void {
  const connect = pool.connect.bind(pool) as () => Promise<Client>;
  const counted = async () => {
    const client = await connect();
    client.query = countedQuery(client);
    return client;
  };
  pool.connect = counted as typeof pool.connect;
}

interface Client {
  query: ((...given: unknown[]) => unknown) & { isCounted?: boolean };
}

function countedQuery(client: Client): Client['query'] {
  const { query } = client;
  if (query.isCounted === true) return query;
  const counted: Client['query'] = (...given) => {
    statements.done += 1;
    const answer = query.apply(client, given);
    if (statements.done === statements.dieAt) dieSoon();
    return answer;
  };
  counted.isCounted = true;
  return counted;
}

function dieSoon(): void {
  const die = () => process.kill(process.pid, 'SIGKILL');
  if (statements.afterMs === 0) die();
  else setTimeout(die, statements.afterMs);
}
