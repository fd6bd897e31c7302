import { expect } from '@jest/globals';
import { isTierlinkError, type TierlinkError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import {
  type ImportKind,
  type ImportOptions,
  type ImportReport,
  importFile,
} from '../../src/sync/import/import.ts';
import { contentsOf, makeHouse, type PullHouse } from './pull-house.ts';

/** How files are imported in tests. */
export interface Importing {
  run(kind: ImportKind, lines: readonly string[], more?: Partial<ImportOptions>): Promise<ImportReport>;
  /** What a refused import threw, and a proof that nothing of it was kept. */
  refused(kind: ImportKind, lines: readonly string[], more?: Partial<ImportOptions>): Promise<TierlinkError>;
}

/** Partners and a person that a CRM has brought in, and files that are imported beside them. */
export interface ImportHouse extends Importing {
  house: PullHouse;
}

export async function openImportHouse(store: Store): Promise<ImportHouse> {
  const house = makeHouse(store);
  house.crm.put('Account', 'A1', { Name: 'Acme GmbH', Type: 'Partner' });
  house.crm.put('Account', 'A2', { Name: 'Nordic AB', Type: 'Partner' });
  house.crm.put('Account', 'A3', { Name: 'Twin', Type: 'Partner' });
  house.crm.put('Account', 'A4', { Name: 'twin', Type: 'Partner' });
  house.crm.put('Contact', 'K1', { Name: 'Ann', Email: 'Ann@Acme.example', Account: 'A1' });
  await house.pull('Account');
  await house.pull('Contact');
  await store.query(
    `update tierlink.partner set website = 'https://www.nordic.example/about' where name = 'Nordic AB'`,
  );
  await store.query('delete from tierlink.dirty_partner');
  return { house, ...importingInto(store) };
}

/** Each import comes a second after the one before. */
export function importingInto(store: Store): Importing {
  let time = Date.parse('2026-03-02T12:00:00Z');
  const run: Importing['run'] = async (kind, lines, more = {}) =>
    await importFile(kind, lines.join('\n'), {
      store,
      clock: { now: () => (time += 1000) },
      context: { timeZone: 'Europe/Stockholm', currency: 'EUR' },
      author: 'olga',
      file: 'f.csv',
      ...more,
    });
  const refused: Importing['refused'] = async (kind, lines, more = {}) => {
    const before = await contentsOf(store);
    const error = await run(kind, lines, more).then(
      () => {
        throw new Error('it was imported');
      },
      (thrown: unknown) => thrown,
    );
    if (!isTierlinkError(error)) throw error;
    expect(await contentsOf(store)).toEqual(before);
    expect(error.exit).toBe(2);
    return error;
  };
  return { run, refused };
}
