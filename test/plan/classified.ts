import { expect } from '@jest/globals';
import type { Engine, PassConnection } from '../../src/sync/engine.ts';
import { setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { planMapping } from '../../src/sync/mapping/plan.ts';
import { type PassResult, runPass } from '../../src/sync/pass/pass.ts';
import type { SentRow } from './plan-house.ts';

/** Where a dry run and then a run are made. */
export interface Rehearsable {
  engine: Engine;
  connection: PassConnection;
  clock: { time: number };
  /** Every row that the CRM was sent, in order. */
  sent: SentRow[];
}

/** The attributes that fields which were sent are of; none for the status of the connection, which is in no plan. */
export function attributesSent(connection: PassConnection, { object, fields }: SentRow): string[] {
  return connection
    .mappings()
    .filter((each) => each.object === object && each.entity !== 'connectionStatus')
    .flatMap((each) => planMapping(each).attributes)
    .filter(({ spec, fields: own }) => spec.direction !== 'in' && own.some((field) => field in fields))
    .map(({ attribute }) => attribute);
}

/** Makes a dry run and then the run, which writes. Throws where one of them takes a record for something else than the other. */
export async function expectClassifiedAlike(of: Rehearsable): Promise<void> {
  const { engine, connection, sent } = of;
  const { store } = engine;
  const change = { store, clock: engine.clock, id: connection.alias, actor: 'admin' };
  await setWriteBack({ ...change, mappings: connection.mappings(), on: true, confirm: connection.alias });
  const dry = await classify(of, true);
  expect(sent).toEqual([]);
  const whole = await classify(of, false);
  expect(whole.found).toEqual(dry.found);
  const told = dry.result.connections[0]!.preview!.writes.flatMap(({ object, crmId, recordId, changes }) =>
    changes.map(({ attribute }) => `${object} ${crmId ?? recordId} ${attribute}`),
  );
  const done = sent.flatMap((row) =>
    attributesSent(connection, row).map((each) => `${row.object} ${row.id ?? row.key} ${each}`),
  );
  expect(done.sort()).toEqual(told.sort());
}

/** A run and what it took each record for, looked at before anything is written. */
async function classify(
  { engine, connection, clock }: Rehearsable,
  dryRun: boolean,
): Promise<{ result: PassResult; found: unknown }> {
  clock.time += 60_000;
  let rows: Record<string, unknown[]> = {};
  const { value } = await runPass({
    ...{ engine, connections: [connection], configured: [connection], dryRun },
    beforeWriting: async () => {
      rows = await classifiedRows(engine);
    },
  });
  const { connections, tiers, kpis } = value!;
  const [{ error, pull }] = connections as [PassResult['connections'][number]];
  if (error !== null) throw error;
  const found = { rows, pull: pull!.objects, tiers: tiers!.movements, kpis: kpis!.changed };
  return { result: value!, found };
}

async function classifiedRows({ store }: Engine): Promise<Record<string, unknown[]>> {
  const tables = {
    link: 'object, crm_id, entity, record_id, state, base',
    reject: 'object, crm_id, record_id, attribute, direction, code',
    held: 'object, crm_id, attribute, waits_for',
    difference: 'object, crm_id, attribute, kind, ours, theirs',
    tier_state: 'partner_id, ladder, tier, status, closed_at is null as open',
  };
  const rows: Record<string, unknown[]> = {};
  for (const [table, columns] of Object.entries(tables))
    rows[table] = await store.query(
      `select to_jsonb(t) as row from (select ${columns} from tierlink.${table}) t order by t::text`,
    );
  return rows;
}
