import { afterEach, beforeEach, describe, it } from '@jest/globals';
import type { Connector, CrmValue } from '../../../src/sync/connector.ts';
import type { ContractCase } from '../../contract/connector.ts';
import { writeTests } from '../../contract/connector-writes.ts';
import { KEY, type WriteWorld, writeWorld } from './write-world.ts';

/** Reads what the tests ask for out of the simulator itself: here only writing is on trial. */
function reading({ simulator }: WriteWorld): Connector['read'] {
  return async function* ({ object, fields, keys, ids }) {
    const id = simulator.org.table(object).primaryId;
    const rows = simulator.org
      .dump(object)
      .filter((row) => keys === undefined || keys.values.includes(String(row[keys.field])))
      .filter((row) => ids === undefined || ids.includes(String(row[id])));
    const records = rows.map((row) => ({
      id: String(row[id]),
      modifiedAt: String(row.modifiedon),
      modifiedBy: null,
      fields: Object.fromEntries(fields.map((field): [string, CrmValue] => [field, row[field] ?? null])),
    }));
    yield { records, resume: null, cursor: null, last: true };
  };
}

async function contractCase(): Promise<ContractCase> {
  const world = await writeWorld();
  const { org } = world.simulator;
  return {
    host: world.host,
    world: {
      connector: {
        write: async (request) => await world.write(request.rows, request),
        read: reading(world),
      } as Connector,
      names: {
        company: 'account',
        deal: 'opportunity',
        name: 'name',
        phone: 'telephone1',
        size: 'numberofemployees',
        key: KEY,
        amount: 'estimatedvalue',
        date: 'estimatedclosedate',
        company_of_deal: 'parentaccountid',
        company_name_of_deal: 'parentaccountid.name',
        dealBasics: {},
        readOnly: 'createdon',
        recordType: '',
        withRecordType: {},
      },
      insert: (object, rows) => org.create(object, rows),
      update: (object, id, fields) => org.update(object, id, fields),
      remove: (object, id) => org.remove(object, id),
      restore: () => undefined,
      merge: () => undefined,
      hide: () => undefined,
      fault: (kind) => {
        if (kind === 'lostAnswer') org.state.faults.add({ kind: 'lost-answer', path: '$batch', times: 1 });
      },
      rows: (object) => org.dump(object),
      close: world.close,
    },
  };
}

describe('connector contract, writing: dynamics', () => {
  let at: ContractCase;
  beforeEach(async () => {
    at = await contractCase();
  });
  afterEach(async () => await at.world.close());
  for (const [name, test] of Object.entries(writeTests)) it(name, async () => await test(at));
});
