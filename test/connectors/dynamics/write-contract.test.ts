import { write } from '../../../connectors/dynamics/write.ts';
import { type ContractCase, runConnectorContract } from '../../contract/connector.ts';
import { writeTests } from '../../contract/connector-writes.ts';
import { KEY, writeWorld } from './write-world.ts';

async function contractCase(): Promise<ContractCase> {
  const world = await writeWorld();
  const { org } = world.simulator;
  return {
    host: world.host,
    world: {
      connector: { ...world.connector, write: async (request) => await write(world.context, request) },
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
        recordType: null,
        withRecordType: {},
        filterByName: (name) => `name eq '${name}'`,
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

runConnectorContract({ name: 'dynamics, writing', tests: writeTests, make: contractCase, skip: [] });
