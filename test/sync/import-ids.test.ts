import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import type { ImportKind } from '../../src/sync/import/import.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type ImportHouse, openImportHouse } from './import-house.ts';

let store: Store;
let run: ImportHouse['run'];
let refused: ImportHouse['refused'];

storeForEach(async (opened) => {
  store = opened;
  ({ run, refused } = await openImportHouse(store));
});

describe('records that get an id later', () => {
  const files: [ImportKind, string, string, string][] = [
    [
      'facts',
      'partner,kind,occurred_on,quantity',
      'Nordic AB,usage,2026-01-31,5',
      'nordic.example,Usage,2026-01-31,6',
    ],
    [
      'certifications',
      'email,code,issued_on,name',
      'ann@acme.example,PRO,2026-01-15,P',
      'ann@acme.example,PRO,2026-01-15,Pro',
    ],
    [
      'leads',
      'partner,email,company,created_at,name',
      'Nordic AB,b@n.example,N,2026-02-01,B',
      'Nordic AB,b@n.example,N,2026-02-01,Bo',
    ],
  ];

  it.each(files)('are the same %s, by the id from then on', async (kind, header, row, changed) => {
    await run(kind, [header, row]);
    expect(await run(kind, [`${header},id`, `${changed},X-1`])).toMatchObject({ created: 0, updated: 1 });
    expect(await run(kind, [`${header},id`, `${changed},X-1`])).toMatchObject({ created: 0, unchanged: 1 });
    const renamed = changed.replace(/2026-0\d/, '2026-03');
    expect(await run(kind, [`${header},id`, `${renamed},X-1`])).toMatchObject({ created: 0, updated: 1 });
    expect(await run(kind, [`${header},id`, `${changed},X-2`])).toMatchObject({ created: 1 });
  });

  it('are not taken from a row without an id in the same file', async () => {
    const header = 'partner,kind,occurred_on,quantity,id';
    await run('facts', [header, 'Nordic AB,usage,2026-01-31,5,']);
    const both = [header, 'Nordic AB,usage,2026-01-31,7,X-1', 'Nordic AB,usage,2026-01-31,5,'];
    expect(await run('facts', both)).toMatchObject({ created: 1, unchanged: 1 });
  });
});

describe('an instant that is written in another way', () => {
  const header = 'partner,email,company,created_at,name';
  const here = 'Nordic AB,b@n.example,N,2026-02-01T09:30:00Z,B';
  const there = 'Nordic AB,b@n.example,N,2026-02-01T10:30:00.000+01:00,Bo';

  it('means the same lead', async () => {
    await run('leads', [header, here]);
    expect(await run('leads', [header, there])).toMatchObject({ created: 0, updated: 1 });
    expect(await run('leads', [`${header},id`, `${here},X-1`])).toMatchObject({ created: 0, updated: 1 });
  });

  it('means the same lead within one file, which is an error', async () => {
    const error = await refused('leads', [header, here, there]);
    expect(error.message).toContain('line 3: the same record as in line 2, with other contents');
  });

  it('means the same lead where it is a day, also once the time zone of the program is another', async () => {
    const day = 'Nordic AB,b@n.example,N,2026-02-01,B';
    const context = { timeZone: 'America/New_York', currency: 'EUR' };
    await run('leads', [header, day]);
    expect(await run('leads', [header, day], { context })).toMatchObject({ created: 0, updated: 1 });
  });
});

describe('rows that contradict themselves', () => {
  const rows: [ImportKind, string, string, string, string][] = [
    [
      'facts',
      'partner,kind,occurred_on,expires_on',
      'Nordic AB,usage,2026-01-31,2026-01-30',
      'expires_on',
      '"2026-01-30" is before occurred_on, 2026-01-31',
    ],
    [
      'facts',
      'partner,kind,occurred_on,id,reverses',
      'Nordic AB,usage,2026-01-31,X,X',
      'reverses',
      'an entry does not take itself back',
    ],
    [
      'certifications',
      'email,code,issued_on,expires_on',
      'ann@acme.example,PRO,2026-01-15,2026-01-14',
      'expires_on',
      '"2026-01-14" is before issued_on, 2026-01-15',
    ],
    [
      'leads',
      'partner,email,delivered_at,accepted_at',
      'Nordic AB,b@n.example,2026-02-02,2026-02-01T09:00:00+01:00',
      'accepted_at',
      '"2026-02-01T09:00:00+01:00" is before delivered_at, 2026-02-02',
    ],
  ];

  it.each(rows)('are errors: %s with %s', async (kind, header, row, column, reason) => {
    const { data } = await refused(kind, [header, row]);
    expect(data.errors).toMatchObject([{ line: 2, column, reason }]);
  });
});
