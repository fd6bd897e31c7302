import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { insertOne, START } from './fresh-org.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];
const MINUTE = 60_000;
const DAY = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', '+00:00');

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ now: () => START, empty: true });
  ({ call } = clientOf(simulator));
});

afterAll(async () => {
  await simulator.close();
});

const ask = (kind: 'updated' | 'deleted', start: number, end: number, slash = '') =>
  call(
    `${BASE}/sobjects/Account/${kind}${slash}?start=${encodeURIComponent(iso(start))}&end=${encodeURIComponent(iso(end))}`,
  );

describe('getUpdated', () => {
  it('answers the rows of the window and to when it is complete, with or without a slash', async () => {
    const { org } = simulator;
    const id = insertOne(org, 'Account', { Name: 'Updated' });
    org.clock.advance(5 * MINUTE + 30_000);
    const now = org.now();
    const answer = await ask('updated', now - 10 * MINUTE, now + DAY);
    expect(answer.json.ids).toContain(id);
    expect(answer.json.latestDateCovered).toBe('2026-11-23T09:05:00.000+0000');
    expect((await ask('updated', now - 10 * MINUTE, now + DAY, '/')).json).toEqual(answer.json);
    expect((await ask('updated', now - 4 * MINUTE, now)).json.ids).toEqual([]);
  });

  it('ignores the seconds of both ends', async () => {
    const { org } = simulator;
    org.clock.set(START + DAY + 20_000);
    const id = insertOne(org, 'Account', { Name: 'Seconds' });
    expect((await ask('updated', START + DAY + 40_000, START + DAY + 3 * MINUTE)).json.ids).toEqual([id]);
    expect((await ask('updated', START + DAY - 3 * MINUTE, START + DAY + 59_000)).json.ids).toEqual([]);
  });

  it('leaves out what is deleted since', async () => {
    const { org } = simulator;
    const id = insertOne(org, 'Account', { Name: 'Short life' });
    org.delete([id]);
    org.clock.advance(2 * MINUTE);
    expect((await ask('updated', org.now() - 10 * MINUTE, org.now())).json.ids).not.toContain(id);
    expect(
      (await ask('deleted', org.now() - 10 * MINUTE, org.now())).json.deletedRecords.map(
        (each: { id: string }) => each.id,
      ),
    ).toContain(id);
  });

  it.each([
    ['an end before the start', START + 5 * MINUTE, START],
    ['less than a minute', START + 1000, START + 2000],
    ['a start more than 30 days ago', START - 40 * DAY, START],
  ])('refuses %s', async (_what, start, end) => {
    const answer = await ask('updated', start, end);
    expect([answer.status, answer.json[0].errorCode]).toEqual([400, 'INVALID_REPLICATION_DATE']);
  });

  it('refuses an object that is not replicated', async () => {
    const answer = await call(
      `${BASE}/sobjects/LeadStatus/updated?start=${encodeURIComponent(iso(START))}&end=${encodeURIComponent(iso(START + DAY))}`,
    );
    expect(answer.status).toBe(400);
  });

  it('stops at the start of a long transaction', async () => {
    const { org } = simulator;
    const off = org.faults.add({
      kind: 'held-replication',
      since: new Date(org.now() - 3 * MINUTE).toISOString(),
    });
    const answer = await ask('updated', org.now() - 10 * MINUTE, org.now());
    off();
    expect(Date.parse(answer.json.latestDateCovered.replace('+0000', 'Z'))).toBe(
      Math.floor((org.now() - 3 * MINUTE) / MINUTE) * MINUTE,
    );
  });

  it('sees a late row only when it has become visible, with its old stamp', async () => {
    const { org } = simulator;
    org.clock.set(START + 3 * DAY);
    const off = org.faults.add({ kind: 'delayed-visibility', object: 'Account', ms: 5 * MINUTE });
    const id = insertOne(org, 'Account', { Name: 'Late' });
    off();
    const window = [START + 3 * DAY - MINUTE, START + 3 * DAY + DAY] as const;
    org.clock.advance(2 * MINUTE);
    const early = await ask('updated', ...window);
    expect(early.json.ids).not.toContain(id);
    expect(early.json.latestDateCovered).toBe('2026-11-26T09:02:00.000+0000');
    expect(
      (await call(`${BASE}/query?q=${encodeURIComponent("SELECT Id FROM Account WHERE Name = 'Late'")}`)).json
        .totalSize,
    ).toBe(0);
    org.clock.advance(4 * MINUTE);
    expect((await ask('updated', ...window)).json.ids).toContain(id);
    expect(org.find(id)?.row.SystemModstamp).toBe(START + 3 * DAY);
  });
});

describe('getDeleted', () => {
  it('tells how far back the log reaches, and when it was trimmed', async () => {
    const { org } = simulator;
    org.clock.set(START + 20 * DAY);
    const id = insertOne(org, 'Account', { Name: 'Gone' });
    org.delete([id]);
    org.clock.advance(10 * MINUTE);
    const window = [org.now() - 2 * DAY, org.now()] as const;
    expect((await ask('deleted', ...window)).json).toEqual({
      deletedRecords: [{ id, deletedDate: '2026-12-13T09:00:00.000+0000' }],
      earliestDateAvailable: '2026-11-28T09:10:00.000+0000',
      latestDateCovered: '2026-12-13T09:10:00.000+0000',
    });
    const off = org.faults.add({
      kind: 'purged-deletes',
      since: new Date(org.now() - 5 * MINUTE).toISOString(),
    });
    expect((await ask('deleted', ...window)).json).toMatchObject({
      deletedRecords: [],
      earliestDateAvailable: '2026-12-13T09:05:00.000+0000',
    });
    off();
    org.hardDelete([id]);
    expect((await ask('deleted', ...window)).json.deletedRecords).toHaveLength(1);
  });

  it('reaches back 15 days', async () => {
    const now = simulator.org.now();
    expect((await ask('deleted', now - 16 * DAY, now)).json[0].errorCode).toBe('INVALID_REPLICATION_DATE');
  });
});
