import { describe, expect, it } from '@jest/globals';
import type { InputRecord } from '../../../../connectors/salesforce/simulator/types.ts';
import { freshOrg, insertOne, outcomeOf } from './fresh-org.ts';

const { org, users } = freshOrg();
const accountId = insertOne(org, 'Account', { Name: 'Acme' });
const opportunity = { Name: 'Deal', StageName: 'Prospecting', CloseDate: '2026-12-01' };

describe('values that the platform refuses', () => {
  const cases: Array<[string, string, InputRecord, string]> = [
    [
      'an unknown field',
      'Account',
      { Name: 'A', Foo: 1 },
      "INVALID_FIELD: No such column 'Foo' on sobject of type Account",
    ],
    [
      'a missing required field',
      'Lead',
      { LastName: 'L' },
      'REQUIRED_FIELD_MISSING: Required fields are missing: [Company]',
    ],
    [
      'several missing fields',
      'Opportunity',
      {},
      'REQUIRED_FIELD_MISSING: Required fields are missing: [Name, StageName, CloseDate]',
    ],
    [
      'too long a text',
      'Account',
      { Name: 'A', Phone: '1'.repeat(41) },
      `STRING_TOO_LONG: Phone: data value too large: ${'1'.repeat(41)} (max length=40)`,
    ],
    [
      'a bad email',
      'Contact',
      { LastName: 'L', Email: 'not-an-email' },
      'INVALID_EMAIL_ADDRESS: Email: invalid email address: not-an-email',
    ],
    [
      'a value outside a restricted picklist',
      'Account',
      { Name: 'A', BillingGeocodeAccuracy: 'Moon' },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST: Billing Geocode Accuracy: bad value for restricted picklist field: Moon',
    ],
    [
      'too large a number',
      'Opportunity',
      { ...opportunity, Amount: 1e17 },
      'NUMBER_OUTSIDE_VALID_RANGE: Amount: value outside of valid range on numeric field: 100000000000000000',
    ],
    [
      'text for a number',
      'Opportunity',
      { ...opportunity, Amount: 'much' },
      'JSON_PARSER_ERROR: Cannot deserialize instance of currency from VALUE_STRING value much or request may be missing a required field at [line:1, column:2]',
    ],
    [
      'a number for text',
      'Account',
      { Name: 5 },
      'JSON_PARSER_ERROR: Cannot deserialize instance of string from VALUE_NUMBER_INT value 5 or request may be missing a required field at [line:1, column:2]',
    ],
    [
      'a day that no calendar has',
      'Opportunity',
      { ...opportunity, CloseDate: '2026-02-30' },
      'JSON_PARSER_ERROR: Cannot deserialize instance of date from VALUE_STRING value 2026-02-30 or request may be missing a required field at [line:1, column:2]',
    ],
    [
      'a lookup that is no id',
      'Opportunity',
      { ...opportunity, AccountId: 'acme' },
      'MALFORMED_ID: Account ID: id value of incorrect type: acme',
    ],
    [
      'a lookup to the wrong object',
      'Opportunity',
      { ...opportunity, AccountId: users.admin },
      `FIELD_INTEGRITY_EXCEPTION: Account ID: id value of incorrect type: ${users.admin}`,
    ],
    [
      'a lookup to nothing',
      'Opportunity',
      { ...opportunity, AccountId: '001000000000001AAA' },
      'INVALID_CROSS_REFERENCE_KEY: invalid cross reference id',
    ],
    [
      'a read-only field',
      'Account',
      { Name: 'A', IsPartner: true },
      'INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create/update fields: IsPartner. Please check the security settings of this field and verify that it is read/write for your profile or permission set.',
    ],
    [
      'an id in an insert',
      'Account',
      { Name: 'A', Id: accountId },
      'INVALID_FIELD_FOR_INSERT_UPDATE: cannot specify Id in an insert call',
    ],
    [
      'a parent key that nobody has',
      'Contact',
      { LastName: 'L', Account: { Name: 'x' } },
      'INVALID_FIELD: Name is not an External ID or indexed field for Account',
    ],
    [
      'records of a reference object',
      'OpportunityStage',
      { MasterLabel: 'x' },
      'INVALID_TYPE_FOR_OPERATION: entity type OpportunityStage does not support create',
    ],
  ];

  it.each(cases)('refuses %s', (_what, object, record, expected) => {
    expect(outcomeOf(org.insert(object, [record])[0])).toBe(expected);
  });

  it('names the fields of a refusal', () => {
    expect(org.insert('Lead', [{ LastName: 'L' }])[0]?.errors[0]?.fields).toEqual(['Company']);
  });

  it('finds an unmatched parent key by name, in lower case', () => {
    const record = { Code__c: 'A', Contact__r: { Email: 'Nobody@X.example' } };
    expect(outcomeOf(org.insert('Partner_Certification__c', [record])[0])).toBe(
      'INVALID_FIELD: Foreign key external ID: nobody@x.example not found for field Email in entity Contact',
    );
  });
});

describe('values as they are stored', () => {
  const stored = (object: string, record: InputRecord) => org.find(insertOne(org, object, record))?.row ?? {};

  it('trims texts, and an empty one is no value', () => {
    expect(stored('Account', { Name: '  Acme  ', Phone: '   ' })).toMatchObject({ Name: 'Acme' });
    expect(stored('Account', { Name: 'A', Phone: '' }).Phone ?? null).toBeNull();
  });

  it('takes field names in any case and numbers or booleans written as text', () => {
    const row = stored('Opportunity', {
      name: 'D',
      STAGENAME: 'Prospecting',
      closedate: '2026-12-01',
      Amount: '12.345',
      IsPrivate: 'true',
    });
    expect(row).toMatchObject({ Name: 'D', Amount: 12.35, IsPrivate: true });
  });

  it('keeps a value outside an unrestricted picklist, and corrects the case of a known one', () => {
    expect(stored('Account', { Name: 'A', Type: 'Alien' }).Type).toBe('Alien');
    expect(stored('Account', { Name: 'A', Type: 'prospect' }).Type).toBe('Prospect');
  });

  it.each(['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.900+0000', '2026-11-23T12:00:00+02:00'])(
    'reads the date-time %s in whole seconds',
    (text) => {
      expect(stored('Lead', { LastName: 'L', Company: 'C', Delivered_At__c: text }).Delivered_At__c).toBe(
        Date.parse('2026-11-23T10:00:00Z'),
      );
    },
  );

  it('accepts 15-character ids and stores 18', () => {
    expect(stored('Contact', { LastName: 'L', AccountId: accountId.slice(0, 15) }).AccountId).toBe(accountId);
  });

  it('finds a parent by its external id', () => {
    const email = 'kim@acme.example';
    const contactId = insertOne(org, 'Contact', { LastName: 'Kim', Email: email });
    expect(
      stored('Partner_Certification__c', { Contact__r: { Email: email.toUpperCase() } }).Contact__c,
    ).toBe(contactId);
  });

  it('cuts too long a text where the caller allows it', () => {
    const [result] = org.insert('Account', [{ Name: 'n'.repeat(300) }], { allowFieldTruncation: true });
    expect(String(org.find(String(result?.id))?.row.Name)).toHaveLength(255);
  });
});
