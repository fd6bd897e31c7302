import { runConnectorContract } from '../../contract/connector.ts';
import { salesforceWorld } from './world.ts';

runConnectorContract({
  name: 'salesforce',
  skip: [],
  make: async () => {
    const { simulator, connector, host, close } = await salesforceWorld();
    const { org } = simulator;
    const [recordType] = org.bulkLoad('RecordType', [
      { SobjectType: 'Account', DeveloperName: 'Partner', Name: 'Partner', IsActive: true },
    ]);
    const done = (results: { success: boolean; errors: { message: string }[] }[]): void => {
      const failed = results.find((result) => !result.success);
      if (failed !== undefined) throw new Error(failed.errors[0]?.message);
    };
    const faults = {
      lostAnswer: { kind: 'lost-answer', path: '/composite/sobjects', times: 1 },
      quota: { kind: 'request-limit', limit: 'total', times: 1 },
      locked: { kind: 'row-lock', times: 1 },
    } as const;
    return {
      host,
      world: {
        connector,
        names: {
          company: 'Account',
          deal: 'Opportunity',
          name: 'Name',
          phone: 'Phone',
          size: 'NumberOfEmployees',
          key: 'Tierlink_Id__c',
          amount: 'Amount',
          date: 'CloseDate',
          company_of_deal: 'AccountId',
          company_name_of_deal: 'Account.Name',
          dealBasics: { StageName: 'Prospecting', CloseDate: '2026-01-31' },
          readOnly: 'CreatedDate',
          recordType: 'Partner',
          withRecordType: { RecordTypeId: recordType ?? null },
          filterByName: (name) => `Name = '${name}'`,
        },
        insert: (object, rows) => {
          const results = org.insert(object, [...rows]);
          done(results);
          return results.map((result) => result.id ?? '');
        },
        update: (object, id, fields) => done(org.update(object, [{ Id: id, ...fields }])),
        remove: (_object, id) => done(org.delete([id])),
        restore: (_object, id) => done(org.undelete([id])),
        merge: (object, winner, loser) => done([org.merge(object, { masterId: winner, loserIds: [loser] })]),
        hide: (object, field) => {
          org.faults.add({ kind: 'hidden-field', object, field });
        },
        fault: (kind) => {
          org.faults.add(faults[kind]);
        },
        rows: (object) => org.dump(object),
        close,
      },
    };
  },
});
