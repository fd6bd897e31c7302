import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { findIds } from '../../../connectors/dynamics/read/rows.ts';
import { everything, readAll } from '../../contract/connector-world.ts';
import { type WriteWorld, writeWorld } from './write-world.ts';

/** How many requests the work of a large push takes, beside the least that the platform's own pages allow. */
describe('requests for ten thousand rows', () => {
  const rows = 10_000;
  let world: WriteWorld;
  let ids: string[];
  beforeAll(async () => {
    world = await writeWorld();
    ids = world.simulator.org.load(
      'account',
      Array.from({ length: rows }, (_unused, index) => ({ name: `A${index}` })),
    );
    await world.context.client.session();
  });
  beforeEach(() => {
    world.simulator.calls.reset();
    world.host.spent.length = 0;
  });
  afterAll(async () => await world.close());
  const asked = () => world.simulator.calls.log.map((line) => line.replace('/api/data/v9.2/', ''));

  it('writes them in ten pages', async () => {
    const results = await world.update(ids.map((id) => ({ ref: id, id, fields: { name: 'new' } })));
    expect(results.every(({ outcome }) => outcome === 'updated')).toBe(true);
    const pages = asked().filter((line) => line.includes('UpdateMultiple'));
    expect(pages).toHaveLength(10);
    expect(asked().filter((line) => !line.startsWith('GET'))).toEqual(pages);
  });

  it('reads five thousand named rows in one call, and asks once what is hidden', async () => {
    const named = { object: 'account', fields: ['name'], scope: everything, ids: ids.slice(0, 5_000) };
    const records = await readAll(world.connector, named);
    expect(new Set(records.map(({ id }) => id)).size).toBe(5_000);
    expect(asked()).toEqual(['POST $batch', 'POST $batch']);
    expect(world.host.spent).toEqual(['query', 'describe']);
  });

  it('asks again by itself for the part of a batch that was refused, and misses nothing', async () => {
    const { send } = world.context.client;
    world.context.client.send = async (call) => {
      const answer = await send(call);
      if (call.path !== '$batch') return answer;
      return { ...answer, body: answer.body.replace('HTTP/1.1 200 OK', 'HTTP/1.1 429 Too Many Requests') };
    };
    const found = await findIds(world.context, 'account', { ids: ids.slice(0, 1_000), signal: undefined });
    expect(found.size).toBe(1_000);
    expect(asked().map((line) => line.split('?')[0])).toEqual(['POST $batch', 'GET accounts']);
  });

  it('reads all of them in pages of five thousand', async () => {
    const records = await readAll(world.connector, {
      object: 'account',
      fields: ['name'],
      scope: everything,
    });
    expect(records).toHaveLength(rows);
    const pages = asked().filter((line) => line.startsWith('GET accounts'));
    // Two of ids, for the link to what changes from then on, and two of rows.
    expect(pages).toHaveLength(4);
  });
});
