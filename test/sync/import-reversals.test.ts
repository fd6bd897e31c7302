import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type ImportHouse, openImportHouse } from './import-house.ts';

let store: Store;
let run: ImportHouse['run'];
storeForEach(async (opened) => {
  store = opened;
  ({ run } = await openImportHouse(store));
});

const header = 'partner,kind,occurred_on,quantity,reverses,id';
const entry = 'Nordic AB,points,2026-01-10,100,,P-1';
const reversal = 'Nordic AB,points,2026-02-10,-100,P-1,P-2';

describe('an entry that takes back one that is not there', () => {
  const told = {
    line: 2,
    column: 'reverses',
    value: 'P-1',
    reason: 'the partner has no entry of this id that could be taken back; it counts for nothing until then',
  };

  it('is imported, and told with its line, also by a dry run', async () => {
    const dry = await run('facts', [header, reversal], { dryRun: true });
    expect(dry).toMatchObject({ created: 1, waiting: [told], errors: [] });
    expect(await run('facts', [header, reversal])).toMatchObject({ created: 1, waiting: [told] });
    expect(await run('facts', [header, reversal])).toMatchObject({ unchanged: 1, waiting: [told] });
  });

  it('is not told when the entry is in the same file, after it too, or was there before', async () => {
    expect(await run('facts', [header, reversal, entry])).toMatchObject({ created: 2, waiting: [] });
    expect(await run('facts', [header, reversal])).toMatchObject({ unchanged: 1, waiting: [] });
  });

  it('is told when the entry is that of another partner, or takes one back itself', async () => {
    const others = [
      'Acme GmbH,points,2026-01-10,100,,P-1',
      reversal,
      'Nordic AB,points,2026-02-11,100,P-2,P-3',
    ];
    const { waiting } = await run('facts', [header, ...others]);
    expect(waiting.map(({ line, value }) => [line, value])).toEqual([
      [3, 'P-1'],
      [4, 'P-2'],
    ]);
  });
});
