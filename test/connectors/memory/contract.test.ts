import { connectMemory, createMemoryCrm } from '../../../connectors/memory/index.ts';
import { runConnectorContract } from '../../contract/connector.ts';
import { testHost } from '../../contract/connector-world.ts';

runConnectorContract({
  name: 'memory',
  skip: [],
  make: async () => {
    const host = testHost();
    const crm = createMemoryCrm({
      objects: [
        {
          name: 'Company',
          recordTypes: ['Partner'],
          fields: {
            Name: 'text!',
            Phone: 'text',
            Size: 'integer',
            Key: { type: 'text', key: true },
            RecordType: 'text',
            CreatedAt: { type: 'instant', updateable: false },
          },
        },
        {
          name: 'Deal',
          fields: {
            Name: 'text!',
            Amount: 'money',
            ClosesOn: 'date',
            CompanyId: { type: 'reference', references: ['Company'] },
          },
        },
      ],
    });
    return {
      host,
      world: {
        connector: connectMemory(crm, host),
        names: {
          company: 'Company',
          deal: 'Deal',
          name: 'Name',
          phone: 'Phone',
          size: 'Size',
          key: 'Key',
          amount: 'Amount',
          date: 'ClosesOn',
          company_of_deal: 'CompanyId',
          company_name_of_deal: 'Company.Name',
          dealBasics: {},
          readOnly: 'CreatedAt',
          recordType: 'Partner',
          withRecordType: { RecordType: 'Partner' },
          filterByName: (name) => `Name = '${name}'`,
        },
        insert: (object, rows) => crm.insert(object, rows),
        update: (object, id, fields) => crm.update(object, id, fields),
        remove: (object, id) => crm.remove(object, id),
        restore: (object, id) => crm.restore(object, id),
        merge: (object, winner, loser) => crm.merge(object, winner, loser),
        hide: (object, field) => crm.hide(object, field),
        fault: (kind, object) => {
          crm.faults.add({ kind, object, times: 1 });
        },
        rows: (object) => crm.rows(object).map((row) => ({ ...row.fields, Id: row.id })),
        close: async () => undefined,
      },
    };
  },
});
