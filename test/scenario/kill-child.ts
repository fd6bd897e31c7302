// Run as a process of its own: does one stage of work after another, as it is told, until it is killed.
import { openStore, type Store } from '../../src/store/open-store.ts';
import { type ChannelEngine, openChannelEngine, shippedMappings } from '../services/channel-engine.ts';
import { killMappings, ownersOf } from './kill-mappings.ts';
import { storeState } from './kill-state.ts';
import { countStatements, type StatementCounter } from './kill-statements.ts';
import { doTask } from './kill-tasks.ts';
import type { ChildAnswer, ChildOrder, ChildSite } from './kill-words.ts';
import { doStage } from './kill-work.ts';

/** Comes with the bundle. */
declare const keepCompiledCode: (() => void) | undefined;

interface Opened {
  clock: { time: number };
  store: Store;
  channel: ChannelEngine;
  statements: StatementCounter;
}

let opened: Opened | undefined;

// As long as nobody speaks to it, the program only loads.
process.on('message', (order: ChildOrder) => {
  obey(order).then(say, (error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
// A test that was stopped leaves nobody behind.
process.on('disconnect', () => process.exit());
say({ kind: 'ready' });

function say(answer: ChildAnswer): void {
  process.send?.(answer);
}

async function obey(order: ChildOrder): Promise<ChildAnswer> {
  if (order.kind === 'open') {
    opened = await open(order.site, order.now);
    return { kind: 'opened' };
  }
  const { clock, store, channel, statements } = opened!;
  if (order.kind === 'dump') return { kind: 'state', state: await storeState(store) };
  if (order.kind === 'close') {
    await store.close();
    if (order.keepCode) keepCompiledCode?.();
    return { kind: 'closed' };
  }
  clock.time = order.now;
  statements.begin(order.death);
  const written = order.kind === 'task' ? await doTask(channel, order.task) : await doStage(channel, order);
  statements.end();
  return { kind: 'done', ...statements.counts, written };
}

async function open(site: ChildSite, now: number): Promise<Opened> {
  const clock = { time: now };
  const store = await openStore(site.store);
  const statements = countStatements(store);
  const connections = site.connections.map((each) => ({
    ...each,
    mappings: killMappings(shippedMappings(each.crm)),
  }));
  const owners = ownersOf(site);
  const channel = await openChannelEngine({
    store,
    now: () => clock.time,
    connections,
    ...(owners === undefined ? {} : { owners }),
  });
  return { clock, store, channel, statements };
}
