import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import {
  type ImportKind,
  type ImportOptions,
  importFile,
  importKinds,
} from '../../src/sync/import/import.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { Killed } from './dying.ts';
import { contentsOf } from './pull-house.ts';

let store: Store;
let time = Date.parse('2026-03-02T12:00:00Z');
storeForEach(async (opened) => {
  store = opened;
  await run('partners', 'id,name\nbase,Base\n');
});

async function run(kind: ImportKind, text: string, more: Partial<ImportOptions> = {}) {
  return await importFile(kind, text, {
    store,
    clock: { now: () => (time += 1000) },
    context: { timeZone: 'UTC', currency: 'EUR' },
    author: 'olga',
    file: 'f.csv',
    ...more,
  });
}

/** A file of so many rows of a kind; `change` makes every row another one. */
const files: Record<ImportKind, (rows: number, change?: string) => string> = {
  partners: (rows, change = '') =>
    `id,name,number,parent\n${lines(rows, (n) => `p${n},Partner ${n}${change},N-${n},${n % 10 === 0 ? 'base' : `p${n - 1}`}`)}`,
  deals: (rows, change = '') =>
    `id,partner,role,share,name,amount,customer\n${lines(
      rows,
      (n) =>
        `d${n >> 1},base,${n % 2 === 0 ? 'sourced' : 'influenced'},50,Deal ${n >> 1}${change},100,Buyer ${n >> 1}`,
    )}`,
  certifications: (rows, change = 'active') =>
    `email,code,issued_on,status,partner\n${lines(rows, (n) => `a${n}@x.example,PRO,2026-01-15,${change},base`)}`,
  leads: (rows, change = '') =>
    `id,partner,company\n${lines(rows, (n) => `l${n},base,Company ${n}${change}`)}`,
  people: (rows, change = '') =>
    `email,partner,name\n${lines(rows, (n) => `b${n}@x.example,base,Person ${n}${change}`)}`,
  facts: (rows, change = '1') =>
    `partner,kind,occurred_on,quantity,dimension\n${lines(rows, (n) => `base,usage,2026-03-31,${change},d${n}`)}`,
};
const otherwise: Partial<Record<ImportKind, string>> = { certifications: 'revoked', facts: '2' };

function lines(rows: number, line: (n: number) => string): string {
  return Array.from({ length: rows }, (_, n) => line(n)).join('\n');
}

/** A store whose transactions die after so many statements, and how many there were. */
function dyingStore(after: number): { store: Store; count: () => number } {
  let statements = 0;
  const transaction: Store['transaction'] = async (work) =>
    await store.transaction(
      async (tx) =>
        await work({
          ...tx,
          query: async (sql, parameters) => {
            if (statements >= after) throw new Killed();
            statements += 1;
            return await tx.query(sql, parameters);
          },
        }),
    );
  return { store: { ...store, transaction }, count: () => statements };
}

/** How many statements later the next one dies. */
const stride = 3;

describe.each(importKinds)('importing %s', (kind) => {
  it('keeps all of it or nothing, wherever it dies', async () => {
    await run(kind, files[kind](4));
    const before = await contentsOf(store);
    let deaths = 0;
    for (;;) {
      const mortal = dyingStore(deaths);
      const text = files[kind](6, otherwise[kind] ?? ' changed');
      const ended = await run(kind, text, { store: mortal.store }).catch((error: unknown) => error);
      if (!(ended instanceof Killed)) break;
      expect(await contentsOf(store)).toEqual(before);
      deaths += stride;
    }
    expect(deaths).toBeGreaterThan(20);
    expect(await contentsOf(store)).not.toEqual(before);
  });

  it('takes as many statements for a page of rows as for twenty', async () => {
    const counts = [];
    for (const rows of [20, 1990]) {
      const counting = dyingStore(Number.POSITIVE_INFINITY);
      await run(kind, files[kind](rows), { store: counting.store });
      counts.push(counting.count());
    }
    const [few, many] = counts as [number, number];
    // The second file also finds records that the first one made.
    expect(many - few).toBeLessThan(8);
    expect(many).toBeLessThan(90);
  });
});

describe.each(['deals', 'certifications', 'leads', 'facts'] as const)('taking back %s', (kind) => {
  it('takes all of it back or nothing, wherever it dies, and the next one takes it back', async () => {
    await run(kind, files[kind](4));
    const before = await wholeOf();
    const remove = { remove: true, skipInvalid: false };
    let deaths = 0;
    for (;;) {
      const mortal = dyingStore(deaths);
      const ended = await run(kind, files[kind](4), { ...remove, store: mortal.store }).catch(
        (error: unknown) => error,
      );
      if (!(ended instanceof Killed)) break;
      expect(await wholeOf()).toEqual(before);
      deaths += stride;
    }
    expect(deaths).toBeGreaterThan(20);
    const after = await wholeOf();
    expect(after.feed).toEqual(before.feed!.filter(({ object }) => !String(object).startsWith(kind)));
    expect(await run(kind, files[kind](4), remove)).toMatchObject({ removed: 0, unchanged: 4 });
    expect(await wholeOf()).toEqual(after);
  });

  it('takes as many statements for a page of rows as for twenty', async () => {
    const counts = [];
    for (const rows of [20, 1990]) {
      await run(kind, files[kind](rows));
      const counting = dyingStore(Number.POSITIVE_INFINITY);
      await run(kind, files[kind](rows), { remove: true, store: counting.store });
      counts.push(counting.count());
    }
    expect(counts[1]).toBe(counts[0]);
  });
});

/** Records and links, what is to be measured, and up to when files are complete. */
async function wholeOf(): Promise<Record<string, Record<string, unknown>[]>> {
  const contents = (await contentsOf(store)) as Record<string, Record<string, unknown>[]>;
  for (const table of ['feed', 'dirty_partner', 'audit', 'record_version'])
    contents[table] = await store.query(`select * from tierlink.${table} order by 1, 2, 3`);
  return contents;
}
