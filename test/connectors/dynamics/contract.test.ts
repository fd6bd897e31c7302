import { mergeRows } from '../../../connectors/dynamics/simulator/dml/merge.ts';
import type { Simulator } from '../../../connectors/dynamics/simulator/server.ts';
import type { Table } from '../../../connectors/dynamics/simulator/types.ts';
import type { CrmValue } from '../../../src/sync/connector.ts';
import { runConnectorContract } from '../../contract/connector.ts';
import { dynamicsWorld } from './world.ts';

/** Neutral values as a body of the API. */
function bodyOf({ org }: Simulator, table: Table, fields: Record<string, CrmValue>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const column = table.columns.get(name);
      const lookup = org.schema.lookupsOf(table).find((each) => each.column === name);
      if (lookup !== undefined && value !== null)
        return [
          `${lookup.lookupProperty}@odata.bind`,
          `/${org.table(lookup.referenced).entitySet}(${String(value)})`,
        ];
      return [name, column?.type === 'Money' ? Number(value) : value];
    }),
  );
}

runConnectorContract({
  name: 'dynamics',
  skip: [],
  make: async () => {
    const { simulator, connector, context, host, close } = await dynamicsWorld({
      options: { pageSize: '2000' },
    });
    const { org } = simulator;
    org.schema.addKey(org.table('account'), {
      schemaName: 'tl_AccountKey',
      columns: ['accountnumber'],
      status: 'Active',
    });
    // Metadata is asked for in batches as well, of which none is the one whose answer is to be lost.
    await context.metadata.learn(['account', 'opportunity']);
    const removed = new Map<string, Record<string, unknown>>();
    const faults = {
      lostAnswer: { kind: 'lost-answer', path: '$batch', times: 1 },
      quota: { kind: 'throttled', limit: 'requests', retryAfterSeconds: 3_600, times: 1 },
      locked: {
        kind: 'row-error',
        status: 500,
        code: '0x80044150',
        message: 'Generic SQL error. Sql Number: 1205',
        times: 1,
      },
    } as const;
    return {
      host,
      world: {
        connector,
        names: {
          company: 'account',
          deal: 'opportunity',
          name: 'name',
          phone: 'telephone1',
          size: 'numberofemployees',
          key: 'accountnumber',
          amount: 'estimatedvalue',
          date: 'estimatedclosedate',
          company_of_deal: 'parentaccountid',
          company_name_of_deal: 'parentaccountid.name',
          dealBasics: {},
          readOnly: 'createdon',
          recordType: null,
          withRecordType: { customertypecode: 5 },
          filterByName: (name) => `name eq '${name}'`,
        },
        insert: (object, rows) =>
          org.create(
            object,
            rows.map((row) => bodyOf(simulator, org.table(object), row)),
          ),
        update: (object, id, fields) => org.update(object, id, bodyOf(simulator, org.table(object), fields)),
        remove: (object, id) => {
          removed.set(id, { ...org.get(object, id) });
          org.remove(object, id);
        },
        restore: (object, id) => {
          const { name } = removed.get(id) ?? {};
          org.create(object, [{ [org.table(object).primaryId]: id, name }]);
        },
        merge: (object, winner, loser) => {
          const table = org.table(object);
          const row = (id: string) => org.state.rows(table).get(id)!;
          const rows = { target: row(winner), subordinate: row(loser) };
          mergeRows({ state: org.state, caller: org.admin, table }, rows);
        },
        hide: (object, field) => {
          org.table(object).columns.get(field)!.secured = true;
        },
        fault: (kind) => {
          simulator.faults.add(faults[kind]);
        },
        rows: (object) => org.dump(object),
        close,
      },
    };
  },
});
