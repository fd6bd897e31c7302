import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PoolClient } from 'pg';
import type { Store } from '../../src/store/open-store.ts';
import { SessionBridge } from '../../src/store/session-bridge.ts';
import { openEmbeddedTestStore } from '../services/test-store.ts';
import { until } from '../services/until.ts';

describe('connections of the embedded store', () => {
  let store: Store;

  beforeAll(async () => {
    store = await openEmbeddedTestStore();
    await store.query('create schema probe');
    await store.query('create table probe.item (id integer primary key)');
  });
  afterAll(async () => {
    await store.close();
  });

  const ids = async () =>
    (await store.query<{ id: number }>('select id from probe.item order by id')).map((row) => row.id);

  it('tells notifications to every connection that is open', async () => {
    const clients = await Promise.all([store.pool.connect(), store.pool.connect()]);
    const heard: string[] = [];
    for (const [n, client] of clients.entries()) {
      client.on('notification', ({ channel, payload }) => heard.push(`${n} ${channel} ${payload}`));
    }
    await clients[0]?.query('listen probe');
    await store.query(`select pg_notify('probe', 'hello')`);
    await until(() => heard.length === 2);
    expect(heard.sort()).toEqual(['0 probe hello', '1 probe hello']);
    for (const client of clients) client.release(true);
  });

  it('rolls back what a connection left open when it went away', async () => {
    const client = await store.pool.connect();
    await client.query('begin');
    await client.query('insert into probe.item values (1)');
    client.release(true);
    expect(await ids()).toEqual([]);
  });

  it('rolls back when the connection goes away while its statement runs', async () => {
    const client: PoolClient = await store.pool.connect();
    await client.query('begin');
    const running = client
      .query('insert into probe.item select n from generate_series(1, 50000) n')
      .catch(() => null);
    client.release(true);
    expect(await ids()).toEqual([]);
    await running;
  });

  it('makes others wait while a transaction is open, in the order in which they came', async () => {
    const client = await store.pool.connect();
    await client.query('begin');
    await client.query('insert into probe.item values (7)');
    const order: string[] = [];
    const waiting = [1, 2, 3].map((n) => ids().then((found) => order.push(`${n}: ${found}`)));
    await client.query('select 1');
    expect(order).toEqual([]);
    await client.query('commit');
    client.release();
    await Promise.all(waiting);
    expect(order).toEqual(['1: 7', '2: 7', '3: 7']);
    await store.query('truncate probe.item');
  });

  it('frees the session after a transaction failed and was rolled back', async () => {
    const client = await store.pool.connect();
    await client.query('begin');
    await expect(client.query('select * from probe.missing')).rejects.toMatchObject({ code: '42P01' });
    await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    await client.query('rollback');
    client.release();
    expect(await ids()).toEqual([]);
  });
});

describe('a connection that ends right behind its statement', () => {
  const simpleQuery = (sql: string) => {
    const text = Buffer.from(`${sql}\0`);
    const head = Buffer.from([0x51, 0, 0, 0, text.length + 4]);
    return Buffer.concat([head, text]);
  };
  const readyForQuery = (isOpen: boolean) => Buffer.from([0x5a, 0, 0, 0, 5, isOpen ? 0x54 : 0x49]);

  it('leaves no transaction open', async () => {
    const asked: string[] = [];
    const bridge = new SessionBridge(async (bytes) => {
      const sql = Buffer.from(bytes).toString('latin1', 5, bytes.length - 1);
      asked.push(sql);
      return new Uint8Array(readyForQuery(sql === 'begin'));
    });
    const dying = bridge.connect();
    dying.write(simpleQuery('begin'));
    dying.end();
    bridge.connect().write(simpleQuery('select 1'));
    await until(() => asked.includes('select 1'));
    expect(asked).toEqual(['begin', 'ROLLBACK', 'select 1']);
  });
});
