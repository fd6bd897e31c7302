import { describe, expect, it } from '@jest/globals';
import { assignPermissionSet, grant } from '../../../../connectors/salesforce/simulator/grants.ts';
import { freshOrg, insertOne, outcomeOf } from './fresh-org.ts';

function orgWithIntegrationUser() {
  const { org, users } = freshOrg();
  const [setId = ''] = org.bulkLoad('PermissionSet', [{ Name: 'Sync', Label: 'Sync', Type: 'Regular' }]);
  assignPermissionSet(org, 'Sync', users.integration);
  const account = org.schema.object('Account');
  if (account === undefined) throw new Error('no Account');
  return { org, users, setId, account, caller: org.as(users.integration) };
}

describe('permissions', () => {
  it('hides an object that no permission set opens', () => {
    const { org, setId, account, caller } = orgWithIntegrationUser();
    expect(caller.canReadObject(account)).toBe(false);
    expect(() => org.insert('Account', [{ Name: 'A' }], { as: caller })).toThrow(
      'The requested resource does not exist',
    );
    grant(org, setId, { objects: [{ object: 'Account', read: true }] });
    expect(caller.canReadObject(account)).toBe(true);
    expect(outcomeOf(org.insert('Account', [{ Name: 'A' }], { as: caller })[0])).toBe(
      'INSUFFICIENT_ACCESS_OR_READONLY: insufficient access rights on object id',
    );
  });

  it('treats a field without permission as one that does not exist, a read-only one as not writable', () => {
    const { org, setId, caller } = orgWithIntegrationUser();
    grant(org, setId, { objects: [{ object: 'Account', read: true, create: true, edit: true }] });
    const write = () => outcomeOf(org.insert('Account', [{ Name: 'A', Phone: '1' }], { as: caller })[0]);
    expect(write()).toBe("INVALID_FIELD: No such column 'Phone' on sobject of type Account");
    grant(org, setId, { fields: [{ field: 'Account.Phone' }] });
    expect(write()).toMatch(
      /^INVALID_FIELD_FOR_INSERT_UPDATE: Unable to create\/update fields: Phone\. Please check/,
    );
    grant(org, setId, { fields: [{ field: 'Account.Phone', edit: true }] });
    expect(write()).toBe('ok');
  });

  it('does not hide required and system fields', () => {
    const { org, setId, account, caller } = orgWithIntegrationUser();
    grant(org, setId, { objects: [{ object: 'Account', read: true }] });
    const visible = account.fields
      .filter((field) => caller.canReadField(account, field))
      .map((field) => field.name);
    expect(visible).toEqual(
      expect.arrayContaining(['Id', 'Name', 'OwnerId', 'SystemModstamp', 'RecordTypeId']),
    );
    expect(visible).not.toEqual(expect.arrayContaining(['Phone']));
  });

  it('lets everybody read reference objects and nobody but administrators write them', () => {
    const { org, caller } = orgWithIntegrationUser();
    const stage = org.schema.object('OpportunityStage');
    const user = org.schema.object('User');
    expect(stage && caller.canReadObject(stage)).toBe(true);
    expect(user && caller.objectAccess(user)).toMatchObject({ read: true, create: false, edit: false });
  });

  it('opens partner roles of a deal with the deal', () => {
    const { org, setId, caller } = orgWithIntegrationUser();
    const role = org.schema.object('OpportunityPartner');
    expect(role && caller.objectAccess(role).read).toBe(false);
    grant(org, setId, { objects: [{ object: 'Opportunity', read: true, edit: true, viewAll: true }] });
    expect(role && caller.objectAccess(role)).toMatchObject({ read: true, create: true, viewAll: true });
  });
});

describe('sharing', () => {
  it('shows owners their rows, and everybody else nothing until View All or a share', () => {
    const { org, users, setId, account, caller } = orgWithIntegrationUser();
    const id = insertOne(org, 'Account', { Name: 'A', OwnerId: users.sales[0] });
    const sees = () => caller.canSeeRow(account, org.find(id)?.row ?? {});
    grant(org, setId, { objects: [{ object: 'Account', read: true, edit: true }] });
    expect(sees()).toBe(false);
    org.share(id, users.integration);
    expect(sees()).toBe(true);
    org.unshare(id, users.integration);
    expect(sees()).toBe(false);
    grant(org, setId, { objects: [{ object: 'Account', read: true, viewAll: true }] });
    expect(sees()).toBe(true);
    expect(org.as(String(users.sales[0])).canSeeRow(account, org.find(id)?.row ?? {})).toBe(true);
    expect(org.as(String(users.sales[1])).canSeeRow(account, org.find(id)?.row ?? {})).toBe(false);
  });

  it('needs more than View All to change the rows of others', () => {
    const { org, users, setId, caller } = orgWithIntegrationUser();
    const Id = insertOne(org, 'Account', { Name: 'A', OwnerId: users.sales[0] });
    const rename = () => outcomeOf(org.update('Account', [{ Id, Name: 'B' }], { as: caller })[0]);
    grant(org, setId, { objects: [{ object: 'Account', read: true, edit: true, viewAll: true }] });
    expect(rename()).toBe('INSUFFICIENT_ACCESS_OR_READONLY: insufficient access rights on object id');
    org.share(Id, users.integration, 'edit');
    expect(rename()).toBe('ok');
    org.unshare(Id, users.integration);
    grant(org, setId, {
      objects: [{ object: 'Account', read: true, edit: true, delete: true, viewAll: true, modifyAll: true }],
    });
    expect(rename()).toBe('ok');
  });

  it('shows contacts with their account', () => {
    const { org, users } = freshOrg();
    const contact = org.schema.object('Contact');
    const AccountId = insertOne(org, 'Account', { Name: 'A', OwnerId: users.sales[0] });
    const id = insertOne(org, 'Contact', { LastName: 'C', AccountId });
    const row = org.find(id)?.row ?? {};
    expect(contact && org.as(String(users.sales[0])).canSeeRow(contact, row)).toBe(true);
    expect(contact && org.as(String(users.sales[1])).canSeeRow(contact, row)).toBe(false);
  });

  it('refuses a lookup to a row that the caller cannot see', () => {
    const { org, users } = freshOrg();
    const AccountId = insertOne(org, 'Account', { Name: 'A', OwnerId: users.sales[0] });
    const result = org.insert('Contact', [{ LastName: 'C', AccountId }], {
      as: org.as(String(users.sales[1])),
    });
    expect(outcomeOf(result[0])).toBe(
      'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY: insufficient access rights on cross-reference id',
    );
  });
});
