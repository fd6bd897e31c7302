import { describe, expect, it } from '@jest/globals';
import { freshOrg, insertOne, outcomeOf, START } from './fresh-org.ts';

describe('writing records', () => {
  it('gives all rows of a statement one stamp in whole seconds', () => {
    const { org } = freshOrg();
    org.clock.advance(1234);
    const results = org.insert('Account', [{ Name: 'A' }, { Name: 'B' }]);
    const stamps = results.map((result) => org.find(String(result.id))?.row.SystemModstamp);
    expect(stamps).toEqual([START + 1000, START + 1000]);
  });

  it('moves the stamps of an update although nothing changed', () => {
    const { org, users } = freshOrg();
    const id = insertOne(org, 'Account', { Name: 'A' });
    org.clock.advance(5000);
    org.update('Account', [{ Id: id, Name: 'A' }], { as: org.as(users.admin) });
    expect(org.find(id)?.row).toMatchObject({
      CreatedDate: START,
      LastModifiedDate: START + 5000,
      SystemModstamp: START + 5000,
    });
  });

  it('keeps what an update does not name and clears what it blanks', () => {
    const { org } = freshOrg();
    const id = insertOne(org, 'Account', { Name: 'A', Phone: '1', Site: 'x' });
    org.update('Account', [{ Id: id, Phone: null }]);
    expect(org.find(id)?.row).toMatchObject({ Name: 'A', Site: 'x', Phone: null });
    expect(outcomeOf(org.update('Account', [{ Id: id, Name: null }])[0])).toBe(
      'REQUIRED_FIELD_MISSING: Required fields are missing: [Name]',
    );
  });

  it('goes on after a refused row, or rolls everything back with allOrNone', () => {
    const { org } = freshOrg();
    expect(org.insert('Account', [{ Name: 'A' }, {}]).map((result) => result.success)).toEqual([true, false]);
    const together = org.insert('Account', [{ Name: 'B' }, {}], { allOrNone: true });
    expect(together.map((result) => result.errors[0]?.statusCode)).toEqual([
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'REQUIRED_FIELD_MISSING',
    ]);
    expect(org.dump('Account').map((row) => row.Name)).toEqual(['A']);
  });

  it.each([
    ['nothing', {}, 'MISSING_ARGUMENT: Id not specified in an update call'],
    ['a malformed id', { Id: 'x' }, 'MALFORMED_ID: Account ID: id value of incorrect type: x'],
    [
      'an id that nobody has',
      { Id: '001000000000001AAA' },
      'INVALID_CROSS_REFERENCE_KEY: invalid cross reference id',
    ],
  ])('refuses an update of %s', (_what, record, expected) => {
    expect(outcomeOf(freshOrg().org.update('Account', [record])[0])).toBe(expected);
  });

  it('has no update for opportunity partners', () => {
    const { org } = freshOrg();
    const AccountToId = insertOne(org, 'Account', { Name: 'P' });
    const OpportunityId = insertOne(org, 'Opportunity', {
      Name: 'D',
      StageName: 'Prospecting',
      CloseDate: '2026-12-01',
    });
    const Id = insertOne(org, 'OpportunityPartner', {
      OpportunityId,
      AccountToId,
      Role: 'Distributor',
      IsPrimary: true,
    });
    expect(outcomeOf(org.update('OpportunityPartner', [{ Id, IsPrimary: false }])[0])).toBe(
      'INVALID_TYPE_FOR_OPERATION: entity type OpportunityPartner does not support update',
    );
    insertOne(org, 'OpportunityPartner', { OpportunityId, AccountToId, IsPrimary: true });
    expect(org.find(Id)?.row.IsPrimary).toBe(false);
  });

  it('refuses every change of a converted lead', () => {
    const { org } = freshOrg();
    const Id = insertOne(org, 'Lead', { LastName: 'L', Company: 'C', IsConverted: true });
    expect(outcomeOf(org.update('Lead', [{ Id, LastName: 'M' }])[0])).toBe(
      'CANNOT_UPDATE_CONVERTED_LEAD: cannot reference converted lead',
    );
  });

  it('refuses an inactive owner', () => {
    const { org, users } = freshOrg();
    const OwnerId = String(users.sales[0]);
    org.update('User', [{ Id: OwnerId, IsActive: false }]);
    expect(outcomeOf(org.insert('Account', [{ Name: 'A', OwnerId }])[0])).toBe(
      `INACTIVE_OWNER_OR_USER: operation performed with inactive user [${OwnerId.slice(0, 15)}] as owner of account`,
    );
  });

  it('runs the rules that an admin added', () => {
    const { org } = freshOrg();
    const remove = org.addValidationRule('Account', (row, { old }) =>
      old !== null && row.Site == null ? { message: 'Site first', field: 'Site' } : null,
    );
    const Id = insertOne(org, 'Account', { Name: 'A' });
    expect(org.update('Account', [{ Id, Phone: '1' }])[0]?.errors).toEqual([
      {
        statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        message: 'Site first',
        fields: ['Site'],
        status: 400,
      },
    ]);
    remove();
    expect(outcomeOf(org.update('Account', [{ Id, Phone: '1' }])[0])).toBe('ok');
  });
});

describe('keys', () => {
  const certificate = (key: string) => ({ External_Id__c: key, Code__c: 'A' });

  it('holds unique values once, without regard to case, the bin not counted', () => {
    const { org } = freshOrg();
    const first = insertOne(org, 'Partner_Certification__c', certificate('k-1'));
    expect(outcomeOf(org.insert('Partner_Certification__c', [certificate('K-1')])[0])).toBe(
      `DUPLICATE_VALUE: duplicate value found: External_Id__c duplicates value on record with id: ${first.slice(0, 15)}`,
    );
    org.delete([first]);
    expect(org.insert('Partner_Certification__c', [certificate('K-1')])[0]?.success).toBe(true);
    expect(outcomeOf(org.undelete([first])[0])).toMatch(/^DUPLICATE_VALUE/);
  });

  it('creates, then changes, the record of a key', () => {
    const { org } = freshOrg();
    const [first] = org.upsert('Partner_Certification__c', 'external_id__c', [certificate('k-1')]);
    const [second] = org.upsert('Partner_Certification__c', 'External_Id__c', [
      { External_Id__c: 'K-1', Code__c: 'B' },
    ]);
    expect([first?.created, second?.created, second?.id === first?.id]).toEqual([true, false, true]);
    expect(org.find(String(first?.id))?.row).toMatchObject({ External_Id__c: 'k-1', Code__c: 'B' });
  });

  it('refuses both records of a repeated key, a missing key, and a key of several records', () => {
    const { org } = freshOrg();
    const codes = (
      records: Array<Record<string, unknown>>,
      field = 'External_Id__c',
      object = 'Partner_Certification__c',
    ) => org.upsert(object, field, records).map((result) => result.errors[0]?.statusCode ?? 'ok');
    expect(codes([certificate('a'), certificate('A'), certificate('b')])).toEqual([
      'DUPLICATE_EXTERNAL_ID',
      'DUPLICATE_EXTERNAL_ID',
      'ok',
    ]);
    expect(codes([{ Code__c: 'x' }])).toEqual(['MISSING_ARGUMENT']);
    org.insert('Lead', [
      { LastName: 'A', Company: 'C', Email: 'a@x.example' },
      { LastName: 'B', Company: 'C', Email: 'a@x.example' },
    ]);
    expect(codes([{ Email: 'a@x.example', LastName: 'Z' }], 'Email', 'Lead')).toEqual([
      'DUPLICATE_EXTERNAL_ID',
    ]);
  });

  it('inserts by Id where the id is empty', () => {
    const { org } = freshOrg();
    const results = org.upsert('Account', 'Id', [{ Id: null, Name: 'A' }, { Name: 'B' }]);
    expect(results.map((result) => result.created)).toEqual([true, true]);
  });

  it('refuses a field that is no key', () => {
    expect(() => freshOrg().org.upsert('Account', 'Phone', [{ Phone: '1' }])).toThrow(
      'Provided external ID field does not exist or is not accessible: Phone',
    );
  });
});
