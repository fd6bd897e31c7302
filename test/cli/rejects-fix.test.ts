import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectors } from '../../src/registry.ts';
import { parseCsv } from '../../src/sync/import/csv-read.ts';
import { openWorld, type World } from './world.ts';

/** Rejected values to a spreadsheet and back through a plan, on each simulated CRM: values that the mapping does not know. */

// A field that the integration user may write: what it may only read is refused, and said.
const wrong = {
  salesforce: {
    from: 'region: { field: Partner_Region__c, ',
    to: 'region: { field: Partner_Region__c, transform: { kind: values, map: { APAC: APAC }, others: reject }, ',
    field: 'Partner_Region__c',
    wanted: 'APAC',
    // Its picklist takes any value.
    unfit: null,
  },
  dynamics: {
    from: '{ 857430000: EMEA, 857430001: AMER, 857430002: APAC }',
    to: '{ 857430002: APAC }, others: reject',
    field: 'nw_partnerregion',
    wanted: '857430002',
    unfit: '857430009',
  },
} as const;

describe.each(connectors.map((manifest) => ({ id: manifest.id, manifest })))('on $id', ({ id, manifest }) => {
  const { from, to, field, wanted, unfit } = wrong[id as keyof typeof wrong];
  let world: World;
  let csv: string;
  beforeAll(async () => {
    world = await openWorld(manifest);
    csv = join(world.folder, 'rejects.csv');
    const mapping = join(world.folder, 'mappings', id, 'partner.yaml');
    const contents = readFileSync(mapping, 'utf8');
    expect(contents).toContain(from);
    writeFileSync(mapping, contents.replace(from, to));
    await world.tierlink('sync');
    await world.tierlink('rejects', 'export', '--csv', csv);
  });
  afterAll(async () => {
    await world.close();
  });

  /** The table with other cells in the first row of the field. */
  function edited(change: (cells: Record<string, string>) => void): string {
    const [header, ...rows] = parseCsv(csv, readFileSync(csv, 'utf8')).map(({ cells }) => cells);
    const tables = rows.map((cells) => Object.fromEntries(header!.map((title, at) => [title, cells[at]!])));
    change(tables.find(({ FIELD }) => FIELD === field)!);
    const lines = [header!, ...tables.map((cells) => Object.values(cells))];
    // As spreadsheets of some countries write it.
    const text = lines.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(';'));
    const path = join(world.folder, 'edited.csv');
    writeFileSync(path, `\ufeff${text.join('\r\n')}`);
    return path;
  }

  it.each([
    ...(unfit === null
      ? []
      : [
          [
            'a value that the picklist lacks',
            { NEW_VALUE: unfit },
            /NEW_VALUE: "857430009" is not a value/,
          ] as const,
        ]),
    ['the value that is there', { same: 'yes' }, /NEW_VALUE: is what the CRM holds already/],
    ['what a spreadsheet has spoilt', { NEW_VALUE: '#N/A' }, /NEW_VALUE: "#N\/A" is what a spreadsheet/],
    ['another id', { ID: 'x-999999', NEW_VALUE: wanted }, /ID: there is no rejected record x-999999/],
    ['another record', { CRM_ID: 'somebody', NEW_VALUE: wanted }, /CRM_ID: was changed from/],
    ['an older value', { VALUE: 'older', NEW_VALUE: wanted }, /VALUE: the CRM held/],
    ['nothing', {}, /no row has a value under NEW_VALUE/],
  ])('%s makes no plan', async (_what, cells: Record<string, string>, told: RegExp) => {
    const path = edited((row) => {
      const { same, ...given } = cells;
      Object.assign(row, given, same === undefined ? {} : { NEW_VALUE: row.VALUE });
    });
    const out = join(world.folder, 'never.plan');
    const { exit, err } = await world.tierlink('rejects', 'fix', path, '--out', out);
    expect([exit, err]).toEqual([2, expect.stringMatching(told)]);
    expect(() => readFileSync(out)).toThrow('ENOENT');
  });

  it('a corrected value is planned, written, read again and undone', async () => {
    let fixed = '';
    const path = edited((row) => {
      row.NEW_VALUE = wanted;
      fixed = row.ID!;
    });
    const out = join(world.folder, 'fixes.plan');
    const planned = await world.json<{ items: { changes: unknown[] }[] }>(
      'rejects',
      'fix',
      path,
      '--out',
      out,
    );
    expect(planned.items).toHaveLength(1);
    expect((await world.tierlink('plan', 'show', out)).out).toContain(wanted);
    const applied = await world.json<{ run: string; connections: object[] }>('apply', out);
    expect(applied.connections).toMatchObject([
      { updated: 1, rejected: 0, left: 0, waiting: 0, refused: [] },
    ]);
    expect((await world.tierlink('rejects', 'show', fixed)).exit).not.toBe(0);
    const undo = join(world.folder, 'undo.plan');
    await world.tierlink('undo', applied.run, '--out', undo);
    expect((await world.tierlink('apply', undo)).out).toMatch(/1 written/);
    await world.tierlink('rejects', 'export', '--csv', csv, '--force');
    expect(readFileSync(csv, 'utf8')).toContain('RECORD_INVALID');
  });
});
