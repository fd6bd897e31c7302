import { describe, expect, it } from '@jest/globals';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { reasonOrNull } from '../../src/kpi/state-reason.ts';
import type { Store } from '../../src/store/store.ts';
import type { ImportKind, ImportOptions } from '../../src/sync/import/import.ts';
import { programOf } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type Importing, importingInto } from './import-house.ts';
import { contentsOf } from './pull-house.ts';

/** Columns of files for attributes of one's own, as the program declares them. */

const attributes = {
  'partner.extra.since': 'date',
  'person.extra.isTrainer': 'boolean',
  'deal.extra.seats': 'number',
  'deal.extra.budget': 'money',
  'deal.extra.goLive': 'instant',
  'credit.extra.note': 'text',
  'customer.extra.segment': 'text',
  'customer.extra.sites': 'number',
  'certification.extra.score': 'number',
  'lead.extra.budget': 'money',
  'fact.extra.tenant': 'text',
  'case.extra.minutes': 'number',
} as const;

let store: Store;
let run: Importing['run'];
let refused: Importing['refused'];
storeForEach(async (opened) => {
  store = opened;
  const importing = importingInto(store);
  const withTypes = (more: Partial<ImportOptions> = {}) => ({ attributes, ...more });
  run = async (kind, lines, more) => await importing.run(kind, lines, withTypes(more));
  refused = async (kind, lines, more) => await importing.refused(kind, lines, withTypes(more));
  await run('partners', ['id,name', 'a,Acme']);
});

const files: [ImportKind, string, string, string, string, unknown][] = [
  ['partners', 'partner', 'id,name,extra.since', 'b,Bolt,2024-02-29', '2024-02-30', { since: '2024-02-29' }],
  ['people', 'person', 'email,partner,extra.isTrainer', 'b@x.example,a,TRUE', 'perhaps', { isTrainer: true }],
  [
    'leads',
    'lead',
    'id,partner,extra.budget',
    'l,a,1200.50',
    '1.200,50',
    { budget: { amount: '1200.5', currency: 'EUR' } },
  ],
  ['facts', 'fact', 'partner,kind,occurred_on,extra.tenant', 'a,usage,2026-01-31,T-1', '', { tenant: 'T-1' }],
  [
    'certifications',
    'certification',
    'email,partner,code,extra.score',
    'b@x.example,a,PRO,87.50',
    '87 points',
    { score: '87.5' },
  ],
];

describe('attributes of one’s own in files', () => {
  const extraOf = async (table: string) => {
    const rows = await store.query<{ extra: unknown }>(
      `select r.extra from tierlink.${table} r join tierlink.link l on l.record_id = r.id and l.entity = $1
       where l.crm_id <> 'id:a' order by l.crm_id`,
      [table],
    );
    return rows.map(({ extra }) => extra);
  };

  it.each(files)('of %s are read by their type', async (kind, table, header, row, wrong, extra) => {
    const before = await contentsOf(store);
    await run(kind, [header, row], { dryRun: true });
    expect(await contentsOf(store)).toEqual(before);
    expect(await run(kind, [header, row])).toMatchObject({ created: 1, invalid: 0 });
    expect(await extraOf(table)).toEqual([extra]);
    expect(await run(kind, [header, row])).toMatchObject({ created: 0, unchanged: 1 });
    const cell = row.slice(row.lastIndexOf(',') + 1);
    if (wrong !== '') {
      const { data } = await refused(kind, [header, row.replace(cell, `"${wrong}"`)]);
      expect(data.errors).toEqual([
        {
          line: 2,
          column: header.split(',').at(-1),
          value: wrong,
          reason: expect.stringContaining(`"${wrong}" is`),
        },
      ]);
    }
    const lacking = header.replace(/,[^,]*$/, '');
    expect(await run(kind, [lacking, row.replace(/,[^,]*$/, '')])).toMatchObject({ unchanged: 1 });
    expect(await extraOf(table)).toEqual([extra]);
    expect(await run(kind, [header, row.replace(cell, '')])).toMatchObject({ updated: 1 });
    expect(await extraOf(table)).toEqual([{ [Object.keys(extra as object)[0]!]: null }]);
  });

  const deals = [
    'ID,Partner,Role,Share,Customer,Deal.Extra.Seats,extra.budget,currency,extra.golive,credit.extra.note,customer.extra.segment,customer.extra.sites',
    'd1,a,sourced,60,Northwind,12,900,sek,2026-02-01T09:30:00+01:00,led,Large,3',
    'd1,a,influenced,40,Northwind,12,900,sek,2026-02-01T08:30:00Z,helped,Large,',
  ];

  it('of deals, of their credits and of their customers stand side by side', async () => {
    expect(await run('deals', deals)).toMatchObject({ created: 2, customersAdded: 1 });
    expect(await extraOf('deal')).toEqual([
      { seats: '12', budget: { amount: '900', currency: 'SEK' }, goLive: '2026-02-01T08:30:00.000Z' },
    ]);
    expect(await extraOf('customer')).toEqual([{ segment: 'Large', sites: '3' }]);
    const notes = `select role, extra ->> 'note' as note from tierlink.credit where deleted_at is null order by role`;
    const noted = [
      { role: 'influenced', note: 'helped' },
      { role: 'sourced', note: 'led' },
    ];
    expect(await store.query(notes)).toEqual(noted);
    const before = await contentsOf(store);
    expect(await run('deals', deals)).toMatchObject({ unchanged: 2, customersChanged: 0 });
    expect(await contentsOf(store)).toEqual(before);
    await run('deals', ['id,partner,role,share', 'd1,a,sourced,70', 'd1,a,influenced,30']);
    expect(await store.query(notes)).toEqual(noted);
  });

  it('that rows of one deal, or of one customer, say differently are errors of the later row', async () => {
    const { data } = await refused('deals', [
      deals[0]!,
      deals[1]!,
      'd1,a,influenced,40,Northwind,13,900,sek,2026-02-01T08:30:00Z,,Small,3',
    ]);
    const errors = data.errors as { line: number; column: string; reason: string }[];
    expect(errors.map(({ line, column, reason }) => `${line} ${column}: ${reason}`)).toEqual([
      '2 id: line 3, of the same deal, has an error',
      '3 customer.extra.segment: "Small" here and "Large" in line 2: rows say the same of one customer',
      '3 extra.seats: "13" here and "12" in line 2: rows of one deal say the same of it',
    ]);
  });

  it.each([
    ['extra.seat', /no column "extra\.seat" among .*extra\.seats.*; did you mean "extra\.seats"\?/],
    ['Seats', /; did you mean "extra\.seats"\?/],
    ['segment', /; did you mean "customer\.extra\.segment"\?/],
    ['extra.colour', / \(an attribute of your own is declared under "attributes" in the program first\)/],
    ['case.extra.minutes', /no column "case\.extra\.minutes"/],
    ['deal.extra.seats,extra.seats', /the column extra\.seats is there twice/],
  ])('are refused under the name %s', async (name, message) => {
    const error = await refused('deals', [`id,partner,role,${name}`, 'd1,a,sourced,1,1']);
    expect(error).toMatchObject({ code: 'IMPORT_HEADER', message: expect.stringMatching(message) });
  });

  it('that differ by case alone are told apart by it', async () => {
    const alike = { 'lead.extra.size': 'number', 'lead.extra.Size': 'text' } as const;
    await run('leads', ['id,partner,extra.Size,extra.size', 'l,a,large,4'], { attributes: alike });
    expect(await extraOf('lead')).toEqual([{ Size: 'large', size: '4' }]);
    const error = await refused('leads', ['id,partner,extra.SIZE', 'l,a,large'], { attributes: alike });
    expect(error).toMatchObject({ code: 'IMPORT_HEADER' });
  });

  it('are measured, and as late as the file that holds them', async () => {
    const program = programOf({
      head: 'attributes: { deal.extra.seats: number, customer.extra.segment: text }',
      kpis: `  seats:
    label: Seats
    help: Seats of deals of large customers.
    unit: number
    freshness: 10 days
    measure: { sum: deal.extra.seats, where: { attribute: customer.extra.segment, is: Large } }`,
    });
    const { attributes: declared } = program;
    await run(
      'deals',
      [
        'id,partner,role,customer,extra.seats,customer.extra.segment',
        'd1,a,sourced,Northwind,12,Large',
        'd2,a,sourced,Fabrikam,5,Small',
      ],
      { attributes: declared },
    );
    const [partner] = await store.query<{ id: string }>('select id from tierlink.partner');
    for (const [day, reason] of [
      ['2026-03-03', null],
      ['2026-04-03', 'what files hold of deals is complete only to 2026-03-02'],
    ] as const) {
      const now = Date.parse(`${day}T12:00:00Z`);
      await recomputeKpis(store, { program, now });
      const [seats] = await readKpis(store, { program, partners: [partner!.id], now });
      expect([seats!.numerator, reasonOrNull(seats!.stateReason)]).toEqual([
        '12',
        reason && expect.stringContaining(reason),
      ]);
    }
  });
});
