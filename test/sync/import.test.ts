import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { entities } from '../../src/model/entities.ts';
import { newRecordId } from '../../src/model/record-id.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Store } from '../../src/store/store.ts';
import { type ImportKind, importDefinitions, importFile, importKinds } from '../../src/sync/import/import.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type ImportHouse, openImportHouse } from './import-house.ts';
import { contentsOf, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;
let run: ImportHouse['run'];
let refused: ImportHouse['refused'];

storeForEach(async (opened) => {
  store = opened;
  ({ house, run, refused } = await openImportHouse(store));
});

const partnerId = (crmId: string) => newRecordId('partner', 'north', 'Account', crmId);
const annId = newRecordId('person', 'north', 'Contact', 'K1');

describe('importing certifications', () => {
  const file = [
    'Email,Code,Issued On,expires_on,status,partner',
    'ann@acme.example,PRO,2026-01-15,2028-01-14,Active,',
    'new@nordic.example,PRO,2026-02-01,,active,nordic.example',
  ];

  it('finds holders by address, adds those of a named partner, and marks both partners', async () => {
    const report = await run('certifications', file);
    expect(report).toMatchObject({ rows: 2, created: 2, updated: 0, invalid: 0, peopleAdded: 1, errors: [] });
    const rows = await store.query(
      'select person, partner, code, issued_on, expires_on, status from tierlink.certification order by issued_on',
    );
    expect(rows).toEqual([
      {
        person: annId,
        partner: null,
        code: 'PRO',
        issued_on: '2026-01-15',
        expires_on: '2028-01-14',
        status: 'active',
      },
      expect.objectContaining({ partner: partnerId('A2'), issued_on: '2026-02-01', expires_on: null }),
    ]);
    const dirty = await store.query<{ partner_id: string }>(
      `select distinct partner_id from tierlink.dirty_partner where entity = 'certification' order by 1`,
    );
    expect(dirty.map((row) => row.partner_id)).toEqual([partnerId('A1'), partnerId('A2')].sort());
  });

  it('changes nothing when it is run again, and one record when one row changed', async () => {
    await run('certifications', file);
    const before = await contentsOf(store);
    expect(await run('certifications', file)).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 2,
      peopleAdded: 0,
    });
    expect(await contentsOf(store)).toEqual(before);
    const renewed = file.map((line) => line.replace('2028-01-14', '2030-01-14'));
    expect(await run('certifications', renewed)).toMatchObject({ created: 0, updated: 1, unchanged: 1 });
    expect(await store.query(`select row->>'expires_on' as was from tierlink.record_version`)).toEqual([
      { was: '2028-01-14' },
    ]);
  });

  it('keeps what the file has no column for', async () => {
    await run('certifications', file);
    await run('certifications', [
      'email,code,issued_on,name',
      'ann@acme.example,PRO,2026-01-15,Professional',
    ]);
    expect(
      await store.query(`select name, status from tierlink.certification where name is not null`),
    ).toEqual([{ name: 'Professional', status: 'active' }]);
  });

  it('records who imported what', async () => {
    await run('certifications', file);
    const audit = await store.query('select action, actor, object, entity from tierlink.audit order by id');
    expect(audit).toHaveLength(3);
    expect(audit[0]).toEqual({ action: 'import', actor: 'olga', object: 'people', entity: 'person' });
  });

  it('keeps nothing in a dry run and says the same', async () => {
    const before = await contentsOf(store);
    const dry = await run('certifications', file, { dryRun: true });
    expect(await contentsOf(store)).toEqual(before);
    expect({ ...dry, isDryRun: false }).toEqual(await run('certifications', file));
  });

  it('takes semicolons, a byte order mark, Windows line ends and pieces', async () => {
    const text = `\ufeff${file.join('\r\n').replaceAll(',', ';')}\r\n`;
    const bytes = Buffer.from(text);
    async function* pieces() {
      yield bytes.subarray(0, 7);
      yield bytes.subarray(7);
    }
    const report = await importFile('certifications', pieces, {
      store,
      clock: { now: () => 0 },
      context: { timeZone: 'UTC', currency: 'EUR' },
      author: 'olga',
      file: 'f.csv',
    });
    expect(report).toMatchObject({ created: 2, invalid: 0 });
  });

  it('leaves out blank lines before the header and rows of separators alone', async () => {
    const lines = ['', '  ', ...file, ',,,,,', ' , ,,,, '].map((line) => line.replaceAll(',', ';'));
    expect(await run('certifications', lines)).toMatchObject({ rows: 2, created: 2, invalid: 0 });
  });
});

describe('rows with errors', () => {
  const file = [
    'email,code,issued_on,status,partner',
    'ann@acme.example,PRO,2026-02-30,active,',
    'ann@acme.example,,2026-02-01,active,',
    'nobody@nowhere.example,PRO,2026-02-01,active,',
    'not an address,PRO,2026-02-01,active,A1',
    'x@y.example,PRO,2026-02-01,activ,A1',
    'x@y.example,PRO,2026-02-02,active,Nobody Ltd',
    'x@y.example,PRO,2026-02-03,active,Twin',
    'ann@acme.example,GOOD,2026-02-01,active,',
    'ann@acme.example,GOOD,2026-02-01,revoked,',
    'ann@acme.example,PRO',
  ];

  it('are all told with line, column and reason, and nothing is imported', async () => {
    const error = await refused('certifications', file);
    expect(error.code).toBe('IMPORT_ROWS');
    expect(error.data.count).toBe(9);
    const errors = error.data.errors as { line: number; column: string; reason: string }[];
    expect(errors.map(({ line, column }) => [line, column])).toEqual([
      [2, 'issued_on'],
      [3, 'code'],
      [4, 'email'],
      [5, 'email'],
      [6, 'status'],
      [7, 'partner'],
      [8, 'partner'],
      [10, ''],
      [11, ''],
    ]);
    const reasons = errors.map(({ reason }) => reason);
    expect(reasons[0]).toBe('"2026-02-30" is not a date (YYYY-MM-DD)');
    expect(reasons[2]).toContain('name the partner');
    expect(reasons[4]).toContain('did you mean "active"?');
    expect(reasons[5]).toBe('no partner is known as "Nobody Ltd"');
    expect(reasons[6]).toContain('fits 2 partners; use the id of one');
    expect(reasons[7]).toBe('the same record as in line 9, with other contents');
    expect(reasons[8]).toBe('the row has 2 cells, the header 5; a cell that is blank has its separator too');
  });

  it('are told in the message too, as many as a person reads', async () => {
    const { message } = await refused('certifications', file);
    expect(message).toContain('f.csv: errors in 9 rows. Nothing was imported.\n');
    expect(message).toContain('\n  line 2, issued_on: "2026-02-30" is not a date (YYYY-MM-DD)\n');
    expect(message).toContain('\n  line 11: the row has 2 cells, the header 5');
    const rows = Array.from({ length: 25 }, (_, index) => `person${index}@x.example,Nobody Ltd`);
    const many = await refused('people', ['email,partner', ...rows]);
    expect(many.message.split('\n')).toHaveLength(22);
    expect(many.message).toContain(
      '... 5 more, all of them by: tierlink import people "f.csv" --dry-run --errors errors.csv',
    );
  });

  it('count each time, also where a row is repeated', async () => {
    const error = await refused('people', [
      'email,partner',
      ',A1',
      ',A1',
      'x@y.example,A1',
      'x@y.example,A1',
    ]);
    expect(error.data.count).toBe(2);
  });

  it('can be left out when asked', async () => {
    const report = await run('certifications', file, { skipInvalid: true });
    expect(report).toMatchObject({ rows: 10, created: 1, invalid: 9 });
    expect(await store.query('select code from tierlink.certification')).toEqual([{ code: 'GOOD' }]);
  });
});

describe('files that are refused as a whole', () => {
  it.each<[string, string[], string, string]>([
    [
      'an unknown column',
      ['email,code,expire_on', 'a@b.c,X,'],
      'IMPORT_HEADER',
      'did you mean "expires_on"?',
    ],
    ['a missing column', ['email', 'a@b.c'], 'IMPORT_HEADER', 'the header lacks code'],
    ['a column twice', ['email,code,Email', 'a@b.c,X,a@b.c'], 'IMPORT_HEADER', 'is there twice'],
    ['no header', [''], 'IMPORT_HEADER', 'there is no header'],
    [
      'a quote that is never closed',
      ['email,code', 'a@b.c,X', '"a@b.c,X', 'a@b.c,Y'],
      'IMPORT_FILE',
      'opens in row 3 (the header is row 1)',
    ],
    ['a quote within a cell', ['email,code', 'a@b.c,X "Y" Z'], 'IMPORT_FILE', 'line 2 has a quote beside'],
    ['text after a quoted cell', ['email,code', 'a@b.c,"X" Z'], 'IMPORT_FILE', 'line 2 has a quote beside'],
  ])('%s', async (_what, lines, code, reason) => {
    const error = await refused('certifications', lines);
    expect(error.code).toBe(code);
    expect(error.message).toContain(reason);
    expect(error.message).toContain('Nothing was imported.');
  });

  it('text that is not UTF-8', async () => {
    const bytes = Buffer.from([0x65, 0x6d, 0xff, 0xfe]);
    await expect(
      importFile('leads', bytes, {
        store,
        clock: { now: () => 0 },
        context: { timeZone: 'UTC', currency: 'EUR' },
        author: 'olga',
        file: 'f.csv',
      }),
    ).rejects.toMatchObject({ code: 'IMPORT_FILE' });
  });
});

describe('importing leads, people and facts', () => {
  it('keeps the expiry of points, and which entry another one takes back', async () => {
    await run('facts', [
      'partner,kind,occurred_on,quantity,expires_on,reverses,id',
      'A1,points,2026-01-10,100,2026-12-31,,P-1',
      'A1,points,2026-02-10,-100,,P-1,P-2',
    ]);
    const rows = await store.query(
      'select entry, expires_on::text as expires_on, reverses, quantity::text as quantity from tierlink.fact order by entry',
    );
    expect(rows).toEqual([
      { entry: 'P-1', expires_on: '2026-12-31', reverses: null, quantity: '100' },
      { entry: 'P-2', expires_on: null, reverses: 'P-1', quantity: '-100' },
    ]);
  });

  it('finds partners by name, CRM id and our id', async () => {
    await run('leads', [
      'partner,company,email,created_at,converted_on',
      'acme gmbh,One,a@one.example,2026-01-01T10:00:00Z,',
      'A2,Two,b@two.example,2026-01-02,2026-02-01',
      `${partnerId('A1')},Three,c@three.example,2026-01-03,`,
    ]);
    expect(
      await store.query(
        'select partner, company, created_at, is_converted, converted_on from tierlink.lead order by company',
      ),
    ).toEqual([
      {
        partner: partnerId('A1'),
        company: 'One',
        created_at: '2026-01-01T10:00:00.000Z',
        is_converted: false,
        converted_on: null,
      },
      {
        partner: partnerId('A1'),
        company: 'Three',
        created_at: '2026-01-02T23:00:00.000Z',
        is_converted: false,
        converted_on: null,
      },
      {
        partner: partnerId('A2'),
        company: 'Two',
        created_at: '2026-01-01T23:00:00.000Z',
        is_converted: true,
        converted_on: '2026-02-01',
      },
    ]);
  });

  it('follows the id column before anything else', async () => {
    await run('leads', ['id,partner,company', 'L1,A1,One']);
    const report = await run('leads', ['id,partner,company', 'L1,A2,Other']);
    expect(report).toMatchObject({ updated: 1 });
    expect(await store.query('select partner, company from tierlink.lead')).toEqual([
      { partner: partnerId('A2'), company: 'Other' },
    ]);
  });

  it('does not overwrite a person that a CRM knows', async () => {
    const error = await refused('people', ['email,partner,name', 'ann@acme.example,A1,Another']);
    expect(JSON.stringify(error.data.errors)).toContain('comes from a CRM');
  });

  it('does not double a record that a CRM has by the id of the row', async () => {
    house.crm.put('Cert', 'Z1', { Contact: 'K1', Code: 'PRO' });
    await house.pull('Cert');
    const error = await refused('certifications', ['id,email,code', 'Z1,ann@acme.example,PRO']);
    expect(error.message).toContain('line 2, id: is a certification of the CRM north; change it there');
  });

  it('have a last day, an author and a reason, for requirements that ask for them', async () => {
    const header = 'partner,kind,occurred_on,expires_on,author,reason';
    await run('facts', [header, 'A1,business plan,2026-01-31,2026-12-31,Kim,Plan of January']);
    expect(await store.query('select expires_on, author, reason from tierlink.fact')).toEqual([
      { expires_on: '2026-12-31', author: 'Kim', reason: 'Plan of January' },
    ]);
  });

  it('takes a kind and a dimension in another spelling for the same fact', async () => {
    await run('facts', ['partner,kind,occurred_on,quantity,dimension', 'A1,Cloud usage,2026-01-31,12,Suite']);
    const again = ['partner,kind,occurred_on,quantity,dimension', 'A1,cloud  USAGE,2026-01-31,13,suite'];
    expect(await run('facts', again)).toMatchObject({ created: 0, updated: 1 });
    expect(await store.query('select quantity from tierlink.fact')).toEqual([{ quantity: '13' }]);
  });

  it('keeps facts about different subjects apart, in whatever spelling', async () => {
    const header = 'partner,kind,occurred_on,quantity,dimension,subject';
    const usage = (quantity: number, subject: string) => `A1,usage,2026-01-31,${quantity},Suite,${subject}`;
    expect(await run('facts', [header, usage(12, 'Contoso'), usage(5, 'Fabrikam')])).toMatchObject({
      created: 2,
    });
    const again = await run('facts', [header, usage(12, 'CONTOSO'), usage(6, 'fabrikam'), usage(1, '')]);
    expect(again).toMatchObject({ created: 1 });
    expect(await store.query('select quantity from tierlink.fact order by quantity')).toEqual([
      { quantity: '1' },
      { quantity: '6' },
      { quantity: '12' },
    ]);
  });

  it('takes a partner that is named in another way for the same one', async () => {
    const header = 'partner,kind,occurred_on,quantity';
    await run('facts', [header, 'A1,usage,2026-01-31,12']);
    const other = [header, `${partnerId('A1')},usage,2026-01-31,13`];
    expect(await run('facts', other)).toMatchObject({ created: 0, updated: 1 });
    expect(await run('facts', other)).toMatchObject({ created: 0, updated: 0, unchanged: 1 });
    expect(await store.query('select quantity from tierlink.fact')).toEqual([{ quantity: '13' }]);
    const twice = [header, 'A2,usage,2026-01-31,1', `${partnerId('A2')},usage,2026-01-31,2`];
    const error = await refused('facts', twice);
    expect(JSON.stringify(error.data.errors)).toContain(
      'the same fact as in line 2, where the partner is named in another way',
    );
    const known = [header, `${partnerId('A1')},usage,2026-01-31,2`, 'A1,usage,2026-01-31,1'];
    expect(JSON.stringify((await refused('facts', known)).data.errors)).toContain(
      'the same fact as in line 3',
    );
  });

  it('keeps figures exact', async () => {
    await run('facts', [
      'partner,kind,occurred_on,quantity,amount,currency',
      'A1,usage,2026-01-31,12.50,1999.90,SEK',
      'A1,usage,2026-02-28,,10,',
    ]);
    expect(
      await store.query('select quantity, amount, amount_currency from tierlink.fact order by occurred_on'),
    ).toEqual([
      { quantity: '12.5', amount: '1999.9', amount_currency: 'SEK' },
      { quantity: null, amount: '10', amount_currency: 'EUR' },
    ]);
  });
});

describe('the documentation', () => {
  it('lists the columns of each kind as they are; UPDATE_DOCS=1 writes them', () => {
    const file = fromPackageRoot('docs', 'import.md');
    const section = (text: string, kind: ImportKind) => {
      const heading = `\n## ${kind[0]!.toUpperCase()}${kind.slice(1)}\n`;
      const from = text.indexOf('\n| column |', text.indexOf(heading)) + 1;
      const to = text.indexOf('\n\n', from);
      expect(text.indexOf(heading)).toBeGreaterThan(0);
      return { before: text.slice(0, from), table: text.slice(from, to === -1 ? undefined : to).trimEnd() };
    };
    const tableOf = (kind: ImportKind) =>
      [
        '| column | required | what it holds | example |',
        '|---|---|---|---|',
        ...importDefinitions[kind].columns.map(
          ({ name, required, help, example }) =>
            `| \`${name}\` | ${required ? 'yes' : ''} | ${help} | \`${example}\` |`,
        ),
      ].join('\n');
    for (const kind of importKinds) {
      const text = readFileSync(file, 'utf8');
      const { before, table } = section(text, kind);
      if (process.env.UPDATE_DOCS === '1')
        writeFileSync(file, before + tableOf(kind) + text.slice(before.length + table.length));
      expect(section(readFileSync(file, 'utf8'), kind).table).toBe(tableOf(kind));
    }
  });

  it('names attributes that the entities have', () => {
    for (const kind of importKinds) {
      const { entity, columns } = importDefinitions[kind];
      for (const { attribute, entity: other = entity } of columns) {
        if (attribute !== null) expect(Object.keys(entities[other].attributes)).toContain(attribute);
      }
    }
  });
});
