import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DynamicsWebApi } from 'dynamics-web-api';
import { createContext } from '../../../connectors/dynamics/context.ts';
import { createConnector } from '../../../connectors/dynamics/index.ts';
import { readOptions } from '../../../connectors/dynamics/options.ts';
import { cursorNow, everything, pagesOf } from '../../contract/connector-world.ts';
import { type DynamicsWorld, dynamicsWorld } from './world.ts';

const MINUTE = 60_000;

describe('tables that do not tell their changes', () => {
  let at: number;
  let world: DynamicsWorld;
  const start = async (given: Parameters<typeof dynamicsWorld>[0] = {}) => {
    world = await dynamicsWorld({ now: () => at, ...given });
  };
  beforeEach(() => {
    at = Date.parse('2026-11-23T10:00:00Z');
  });
  afterEach(async () => await world.close());

  const pass = async (cursor: unknown) => {
    const request = {
      object: 'account',
      fields: ['name', 'parentaccountid.name'],
      scopes: [everything],
      cursor,
    };
    const pages = await pagesOf(world.connector.changes([request])[0]!);
    return {
      names: pages.flatMap((page) => page.changed.map(({ fields }) => fields.name)),
      cursor: pages.at(-1)?.cursor,
    };
  };
  const untracked = async () => {
    await start({ options: { overlapSeconds: '120' } });
    world.simulator.org.table('account').changeTracking = false;
  };

  it('are followed by their stamps, a span before the last pass again', async () => {
    await untracked();
    const { org } = world.simulator;
    const cursor = await cursorNow(world.connector, 'account');
    at += 10 * MINUTE;
    org.create('account', [{ name: 'A' }]);
    const first = await pass(cursor);
    at += MINUTE;
    org.create('account', [{ name: 'B' }]);
    const second = await pass(first.cursor);
    at += 10 * MINUTE;
    expect(first.names).toEqual(['A']);
    expect([...second.names].sort()).toEqual(['A', 'B']);
    const third = await pass(second.cursor);
    at += 10 * MINUTE;
    expect((await pass(third.cursor)).names).toEqual([]);
  });

  it("are followed by the platform's clock in processes that have just started, however wrong ours is", async () => {
    await untracked();
    const { org } = world.simulator;
    world.host.now = () => at + 30 * MINUTE;
    const restart = () => {
      world.connector = createConnector(createContext(readOptions(world.options, 'test'), world.host));
    };
    const [id = ''] = org.create('account', [{ name: 'A' }]);
    at += 60 * MINUTE;
    restart();
    const cursor = await cursorNow(world.connector, 'account');
    at += MINUTE;
    org.update('account', id, { name: 'renamed' });
    at += 2 * MINUTE;
    restart();
    const first = await pass(cursor);
    expect(first.names).toEqual(['renamed']);
    at += MINUTE;
    org.update('account', id, { name: 'renamed again' });
    at += 20 * MINUTE;
    restart();
    expect((await pass(first.cursor)).names).toEqual(['renamed again']);
  });

  it('ask for a full comparison when rows are missing that nobody saw go', async () => {
    await untracked();
    const { org } = world.simulator;
    const [id = ''] = org.create('account', [{ name: 'A' }, { name: 'B' }]);
    const cursor = await cursorNow(world.connector, 'account');
    at += 10 * MINUTE;
    org.remove('account', id);
    org.create('account', [{ name: 'C' }]);
    await expect(pass(cursor)).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
  });

  it('are not compared for a row that is made while they are counted', async () => {
    await untracked();
    const { org } = world.simulator;
    org.create('account', [{ name: 'A' }]);
    const cursor = await cursorNow(world.connector, 'account');
    at += 10 * MINUTE;
    const { library } = world.context.client;
    let counts = 0;
    world.context.client.library = async (call, work) =>
      await library(call, async (api) => {
        if (call.name !== 'counts') return await work(api);
        // One count after the other, as the parts of a batch are run.
        const asks: (() => Promise<unknown>)[] = [];
        const inTurns = {
          startBatch: () => undefined,
          retrieveMultiple: (request: Parameters<DynamicsWebApi['retrieveMultiple']>[0]) =>
            asks.push(() => api.retrieveMultiple(request)),
          executeBatch: async () => {
            const answers: unknown[] = [];
            for (const ask of asks) {
              answers.push(await ask());
              org.create('account', [{ name: `made after count ${counts++}` }]);
            }
            return answers;
          },
        };
        return await work(inTurns as unknown as DynamicsWebApi);
      });
    const first = await pass(cursor);
    expect(first.names).toEqual(['A']);
    expect(counts).toBe(3);
    at += 10 * MINUTE;
    expect((await pass(first.cursor)).names).toHaveLength(3);
  });

  it('say in their description that deletes are not told', async () => {
    await untracked();
    const described = await world.connector.describe(['account', 'contact']);
    expect(described.map(({ tracksChanges, tracksDeletes }) => [tracksChanges, tracksDeletes])).toEqual([
      [true, false],
      [true, true],
    ]);
  });

  it('say in the log what stamps cannot show', async () => {
    await untracked();
    const said: unknown[] = [];
    world.host.log = (level, message, data) => said.push([level, message, data]);
    await cursorNow(world.connector, 'account');
    expect(said).toContainEqual(['warn', expect.stringContaining('deletes'), { table: 'account' }]);
  });

  it('are followed in the same way where the user does not see every row, and rows that are shown are noticed', async () => {
    const privileges = { prvReadAccount: 'Basic', prvReadUser: 'Global' } as const;
    await start({ privileges });
    const { org } = world.simulator;
    const [own = '', hidden = ''] = org.create('account', [{ name: 'own' }, { name: 'hidden' }]);
    org.set('account', own, { ownerid: world.userId });
    const cursor = await cursorNow(world.connector, 'account');
    expect(cursor).toMatchObject({ way: 'stamp', rows: 1 });
    at += 10 * MINUTE;
    org.update('account', own, { name: 'own, renamed' });
    const first = await pass(cursor);
    expect(first.names).toEqual(['own, renamed']);
    at += 10 * MINUTE;
    org.set('account', hidden, { ownerid: world.userId });
    await expect(pass(first.cursor)).rejects.toMatchObject({ code: 'CRM_CURSOR_EXPIRED' });
  });
});
