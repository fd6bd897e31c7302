import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toId18 } from '../../connectors/salesforce/simulator/ids.ts';
import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import type { Row } from '../../connectors/salesforce/simulator/types.ts';
import { checkAppConnection } from '../../src/app/check.ts';
import { readStatus } from '../../src/app/status.ts';
import { isTierlinkError } from '../../src/errors.ts';
import { figureText } from '../../src/kpi/periods.ts';
import { relinkConnection } from '../../src/sync/links/connection-settings.ts';
import { openStage, type Stage } from './stage.ts';

const copied = [
  'Account',
  'Contact',
  'Opportunity',
  'Partner_Certification__c',
  'Tierlink_Decision__c',
  'Tierlink_KPI_Period__c',
  'Tierlink_Status__c',
];

/** A refresh copies records with their ids. */
function copyOrg(from: Org, to: Org): void {
  for (const object of copied) to.bulkLoad(object, from.dump(object));
}

/** A seeded copy has records with ids of its own; lookups lead to the copies, and our key fields come along. */
function seedOrg(from: Org, to: Org): void {
  const ids = new Map<string, string>();
  for (const object of copied) {
    for (const { Id } of from.dump(object))
      ids.set(String(Id), toId18(String(Id).slice(0, 15).replace('Sm', 'Zz'))!);
  }
  const seeded = (row: Row): Row =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, ids.get(String(value)) ?? value]));
  for (const object of copied) to.bulkLoad(object, from.dump(object).map(seeded));
}

async function prepared(): Promise<Stage> {
  const stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  for (const name of ['Aspen', 'Beech', 'Cedar']) {
    const partner = cast.partner(name);
    cast.certified(partner, 2);
    cast.won(partner, 150_000, '2025-11-01');
  }
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
  return stage;
}

async function relink(stage: Stage): Promise<void> {
  const connection = stage.app.connection();
  // As `connect --relink` does: looks which org it is now, then takes it.
  await expect(checkAppConnection(stage.app, connection)).rejects.toMatchObject({ code: 'SYNC_ORG_CHANGED' });
  await relinkConnection({
    store: stage.store,
    clock: stage.clock,
    id: connection.alias,
    actor: 'admin',
    mappings: connection.mappings(),
  });
}

/** Each KPI of the program with the field that reports it in the CRM. */
const kpiFields = (stage: Stage): [kpi: string, field: string][] => {
  const mappings = stage.app.connection().mappings();
  const periods = mappings.find(({ entity }) => entity === 'kpiPeriod')!;
  return Object.keys(stage.app.program.kpis).map((kpi) => [kpi, periods.attributes[`kpi.${kpi}`]!.field]);
};
/** Every figure of a partner as the CRM holds numbers. */
const figures = async (stage: Stage, partner: string) => {
  const found: Record<string, number | null> = {};
  for (const kpi of Object.keys(stage.app.program.kpis)) {
    const text = figureText(await stage.figure(partner, kpi));
    found[kpi] = text === null ? null : Number(text);
  }
  return found;
};
const counts = (org: Org) => Object.fromEntries(copied.map((object) => [object, org.dump(object).length]));
const living = async (stage: Stage, table: string) =>
  (
    await stage.store.query<{ n: number }>(
      `select count(*)::int as n from tierlink.${table} where deleted_at is null and merged_into is null and in_scope`,
    )
  )[0]!.n;

describe.each([
  ['refreshed from production', copyOrg],
  ['seeded with copies under other ids', seedOrg],
])('an org that is %s and carries our ids', (_words, fill) => {
  let stage: Stage;
  let decisions: unknown;
  let sizes: Record<string, number>;
  const story = 'select id, partner_id, movement, to_tier from tierlink.decision order by id';
  beforeAll(async () => {
    stage = await prepared();
    decisions = await stage.store.query(story);
    sizes = counts(stage.org);
    await stage.exchangeOrg('00DSm0000000002', fill);
    const [aspen] = stage.org.dump('Account').filter((row) => row.Name === 'Aspen');
    stage.cast.won(String(aspen!.Id), 5_000, '2026-02-02');
  });
  afterAll(() => stage.close());

  it('is neither read nor written, and says why', async () => {
    const before = { ...counts(stage.org) };
    const run = await stage.tryPass();
    expect(run.state).toBe('failed');
    expect(isTierlinkError(run.value!.connections[0]!.error, 'SYNC_ORG_CHANGED')).toBe(true);
    expect(stage.writes()).toBe(0);
    expect(counts(stage.org)).toEqual(before);
    expect(await living(stage, 'deal')).toBe(3);
    const [connection] = (await readStatus(stage.app)).connections;
    expect(connection).toMatchObject({ state: 'action_required' });
    expect(connection!.reason).toContain('00DSm0000000002');
    await expect(stage.takeOver()).rejects.toMatchObject({ code: 'SYNC_ORG_CHANGED' });
  });

  it('is read again once a person re-linked it, and still not written', async () => {
    await relink(stage);
    const run = await stage.pass();
    expect(run.value!.connections[0]).toMatchObject({ notWritten: 'write_back_off' });
    expect(stage.writes()).toBe(0);
    expect(await living(stage, 'partner')).toBe(3);
    expect(await living(stage, 'person')).toBe(6);
    expect(await living(stage, 'certification')).toBe(6);
    expect(await living(stage, 'deal')).toBe(4);
    expect(await stage.store.query(story)).toEqual(decisions);
  });

  it('is then written without a second record of anything', async () => {
    await stage.takeOver();
    await stage.pass();
    expect(counts(stage.org)).toEqual({ ...sizes, Opportunity: 4 });
    const keys = stage.org.dump('Account').map((row) => row.Tierlink_Id__c);
    expect(new Set(keys.filter((key) => key != null)).size).toBe(keys.filter((key) => key != null).length);
    const [aspen] = stage.org.dump('Account').filter((row) => row.Name === 'Aspen');
    const period = stage.org.dump('Tierlink_KPI_Period__c').find((row) => row.Account__c === aspen!.Id);
    expect(period).toMatchObject({ Sourced_Revenue__c: 155_000, Currency__c: 'USD' });
    expect(Object.fromEntries(kpiFields(stage).map(([kpi, field]) => [kpi, period![field] ?? null]))).toEqual(
      await figures(stage, 'Aspen'),
    );
    expect(aspen).toMatchObject({ Partner_Tier__c: 'Silver' });
    expect(await stage.store.query('select * from tierlink.reject')).toEqual([]);
    const before = stage.writes();
    await stage.pass();
    expect(stage.writes()).toBe(before);
  });
});
