import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dataChecks } from '../../src/app/doctor/data-checks.ts';
import { listPartners, type PartnerRow } from '../../src/app/partners.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { runCli } from '../../src/cli/run.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { groupRejects } from '../../src/sync/push/rejects.ts';
import { publicData } from '../services/public-data.ts';
import { type AgentFigures, figuresOf } from './pipeline-figures.ts';
import { type Pipeline, readPipeline, writeObjects } from './pipeline-files.ts';
import { openStage, type Stage } from './stage.ts';

const data = publicData('maven-crm-sales-opportunities');
const describeWithData = data === undefined ? describe.skip : describe;

/** Products and sectors are taken only as they are listed; everything else is to be told by name. */
function listValues(folder: string, pipeline: Pipeline): void {
  const products = pipeline.products.map(({ product }) => product);
  // Values that the org's picklist has are kept as it spells them.
  const listed = ['Entertainment', 'Finance', 'Retail', 'Telecommunications'];
  const others = ['employment', 'marketing', 'medical', 'services', 'software', 'technology'];
  const sectors = [...listed, ...others];
  const only = (values: string[]) =>
    `transform: { kind: values, map: { ${values.map((value) => `${value}: ${value}`).join(', ')} }, others: reject }`;
  const edit = (file: string, change: (text: string) => string) => {
    const path = join(folder, file);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(path, after);
  };
  edit('mappings/salesforce/deal.yaml', (text) =>
    text.replace('field: Type, direction: in', `field: Type, direction: in, ${only(products)}`),
  );
  edit('mappings/salesforce/customer.yaml', (text) =>
    text.replace('field: Industry, direction: in', `field: Industry, direction: in, ${only(sectors)}`),
  );
  edit('programs/starter.yaml', (text) => text.replace('validFrom: 2020-01-01', 'validFrom: 2015-01-01'));
}

describeWithData('the public sales pipeline', () => {
  let stage: Stage;
  let pipeline: Pipeline;
  let folder: string;
  let partners: PartnerRow[];

  beforeAll(async () => {
    pipeline = readPipeline(data!);
    folder = writeObjects(pipeline);
    stage = await openStage({
      start: '2018-01-01T10:00:00Z',
      data: folder,
      edit: (project) => listValues(project, pipeline),
    });
  });
  afterAll(async () => {
    await stage?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const valuesNow = async (): Promise<Map<string, KpiValue>> => {
    const { program } = stage.app;
    const ids = partners.map(({ id }) => id);
    const values = await readKpis(stage.store, { program, partners: ids, now: stage.clock.now() });
    const names = new Map(partners.map(({ id, name }) => [id, name]));
    return new Map(values.map((value) => [`${names.get(value.partnerId)} ${value.kpi}`, value]));
  };
  const same = (value: KpiValue, [numerator, denominator]: [bigint, bigint]) => {
    const ours = fraction(value);
    return ours !== null && ours[0] * denominator === numerator * ours[1];
  };
  const expectSame = (values: Map<string, KpiValue>, asOf: string) => {
    const wrong: string[] = [];
    for (const { sales_agent: agent } of pipeline.agents) {
      const figures = figuresOf(pipeline, agent, asOf);
      for (const kpi of ['sourcedRevenue', 'winRate', 'averageDeal', 'salesCycle', 'openPipeline'] as const) {
        const value = values.get(`${agent} ${kpi}`)!;
        const own = figures[kpi satisfies keyof AgentFigures];
        const isSame = own === null ? value.numerator === null : same(value, own);
        if (!isSame) wrong.push(`${agent} ${kpi}: ${value.numerator}/${value.denominator}, by hand ${own}`);
      }
    }
    expect(wrong).toEqual([]);
  };

  it('is read in full, every record accounted for', async () => {
    const run = await stage.pass();
    partners = await listPartners(stage.store);
    expect(partners).toHaveLength(35);
    const counts = run.value!.connections[0]!.pull!.objects.find(({ object }) => object === 'Opportunity')!
      .counts.deal!;
    // Deals without a day of engagement are new to the org now: the change stream tells them once more.
    expect(pipeline.deals.filter((deal) => deal.engage_date === '')).not.toEqual([]);
    const none = { updated: 0, unchanged: 0, held: 0, invalid: 0, outOfScope: 0 };
    expect(counts).toMatchObject({ read: 8800, created: 8800, ...none });
    const all = run.value!.connections[0]!.pull!.objects.flatMap((each) => Object.values(each.counts));
    for (const each of all) {
      const { read, created, updated, unchanged, held, invalid, outOfScope } = each;
      expect(created + updated + unchanged + held + invalid + outOfScope).toBe(read);
    }
    expect(run.value!.connections[0]!.pull!.objects.flatMap(({ frozen }) => frozen)).toEqual([]);
  });

  it('gives the KPI figures that a few lines over the files give', async () => {
    const values = await valuesNow();
    expectSame(values, '2018-01-01');
    const revenue = pipeline.agents.map(
      ({ sales_agent: agent }) => fraction(values.get(`${agent} sourcedRevenue`)!)!,
    );
    expect(revenue.reduce((sum, [over, under]) => sum + over / under, 0n)).toBe(10_005_534n);
  });

  it('does so half a year later too, when only time has moved', async () => {
    await stage.passAt('2018-07-01T06:00:00Z');
    expectSame(await valuesNow(), '2018-07-01');
  });

  it('names what is blank on many records: deals without an account', async () => {
    const { app } = stage;
    const found = await dataChecks[0]!.look({ app, connection: app.connections[0]! });
    const without = pipeline.deals.filter(({ account }) => account === '').length;
    expect(without).toBe(1425);
    expect(found).toMatchObject([
      {
        status: 'warn',
        message: 'Opportunity.AccountId is blank on 1425 of 8800 deals (16.2 %)',
        fix: expect.stringContaining('AccountId'),
      },
    ]);
  });

  it('names the products and sectors that nobody knows, record by record', async () => {
    const groups = await groupRejects(stage.store);
    const count = (of: string) => pipeline.deals.filter(({ product }) => product === of).length;
    const misspelt = pipeline.accounts.filter(({ sector }) => sector === 'technolgy').length;
    expect(
      groups.map(({ object, field, count: records, state }) => ({ object, field, records, state })),
    ).toEqual([
      { object: 'Opportunity', field: 'Type', records: count('GTXPro'), state: 'invalid' },
      { object: 'Account', field: 'Industry', records: misspelt, state: 'invalid' },
    ]);
    expect(groups[0]!.meaning).toContain('GTXPro');
    expect(groups[1]!.meaning).toContain('technolgy');
    expect(misspelt).toBe(12);
    const blank = await stage.store.query<{ n: number }>(
      'select count(*)::int as n from tierlink.deal where type is null',
    );
    expect(blank[0]!.n).toBe(count('GTXPro'));
  });

  it('leaves blank what is blank, and says which open deals have no value', async () => {
    const lacking = (of: 'account' | 'close_date' | 'close_value') =>
      pipeline.deals.filter((deal) => deal[of] === '').length;
    const [blanks] = await stage.store.query(
      `select count(*) filter (where customer is null)::int as customers,
         count(*) filter (where close_on is null)::int as days,
         count(*) filter (where amount is null)::int as amounts from tierlink.deal`,
    );
    expect(blanks).toEqual({
      customers: lacking('account'),
      days: lacking('close_date'),
      amounts: lacking('close_value'),
    });
    expect(blanks).toEqual({ customers: 1425, days: 2089, amounts: 2089 });
    const values = await valuesNow();
    const left = pipeline.agents.map(
      ({ sales_agent: agent }) => values.get(`${agent} openPipeline`)!.excludedBy,
    );
    expect(left.reduce((sum, each) => sum + (each.value_blank ?? 0), 0)).toBe(2089);
    const one = partners.find(({ name }) => name === 'Darcel Schlecht')!;
    const { program } = stage.app;
    const now = stage.clock.now();
    const { excluded } = await kpiRecords(stage.store, {
      program,
      kpi: 'openPipeline',
      partnerId: one.id,
      now,
    });
    const { openWithoutValue } = figuresOf(pipeline, one.name, '2018-07-01');
    expect(excluded.map(({ why }) => why)).toEqual(
      Array.from({ length: openWithoutValue }, () => 'its amount is empty'),
    );
  });

  it('knows parents that are given by name, and agents without any deal', async () => {
    const parents = await stage.store.query<{ child: string; parent: string }>(
      `select c.name as child, p.name as parent from tierlink.customer c join tierlink.customer p on p.id = c.parent`,
    );
    const named = pipeline.accounts.filter((account) => account.subsidiary_of !== '');
    expect(parents).toHaveLength(named.length);
    expect(parents).toEqual(
      expect.arrayContaining(named.map((row) => ({ child: row.account, parent: row.subsidiary_of }))),
    );
    const sellers = new Set(pipeline.deals.map((deal) => deal.sales_agent));
    const idle = pipeline.agents.filter(({ sales_agent: agent }) => !sellers.has(agent));
    expect(idle).toHaveLength(5);
    const values = await valuesNow();
    for (const { sales_agent: agent } of idle) {
      expect(values.get(`${agent} sourcedRevenue`)).toMatchObject({ numerator: '0', counted: 0 });
      expect(values.get(`${agent} winRate`)).toMatchObject({ numerator: null });
    }
  });

  it('is what the simulator that runs by itself answers from the same folder', async () => {
    const stop = new AbortController();
    let ended: Promise<number> | undefined;
    const started = await new Promise<{ url: string; token: string }>((resolve) => {
      let told = '';
      const write = (text: string) => {
        told += text;
        const [, url] = /"url": *"([^"]+)"/.exec(told) ?? [];
        const [, token] = /"Access token",\s*"value": *"([^"]+)"/.exec(told) ?? [];
        if (url !== undefined && token !== undefined) resolve({ url, token });
      };
      const argv = ['simulator', 'salesforce', '--data', folder, '--json'];
      const io = {
        stdout: { write },
        stderr: { write: () => {} },
        stdin: new PassThrough(),
        openAddress: () => {},
      };
      ended = runCli({ argv, io, commands, environment: {}, signal: stop.signal });
    });
    const query = encodeURIComponent("select count() from Opportunity where StageName = 'Closed Won'");
    const answer = await fetch(`${started.url}/services/data/v67.0/query?q=${query}`, {
      headers: { authorization: `Bearer ${started.token}` },
    });
    expect(await answer.json()).toMatchObject({ totalSize: 4238 });
    stop.abort();
    await ended;
  });

  it('is refused as a folder when a lookup names what is not there, with file, line and column', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'Account.csv'), 'Id,Name,Parent.Name\none,One,\ntwo,Two,Nobody\n');
    await expect(openStage({ data: broken })).rejects.toThrow('Account.csv line 3, column Parent.Name');
  });
});

function fraction(value: KpiValue): [bigint, bigint] | null {
  if (value.numerator === null) return null;
  const [over, overScale] = scaled(value.numerator);
  const [under, underScale] = scaled(value.denominator ?? '1');
  return [over * underScale, under * overScale];
}

/** A decimal as a whole number and the power of ten that it is over. */
function scaled(text: string): [bigint, bigint] {
  const [whole = '', places = ''] = text.split('.');
  return [BigInt(whole + places), 10n ** BigInt(places.length)];
}
