import { describe, expect, it } from '@jest/globals';
import { freshOrg, insertOne, outcomeOf, START } from './fresh-org.ts';

const DAY = 86_400_000;

function family() {
  const opened = freshOrg();
  const { org } = opened;
  const accountId = insertOne(org, 'Account', { Name: 'Parent' });
  const contactId = insertOne(org, 'Contact', { LastName: 'C', AccountId: accountId });
  const dealId = insertOne(org, 'Opportunity', {
    Name: 'D',
    StageName: 'Prospecting',
    CloseDate: '2026-12-01',
    AccountId: accountId,
  });
  const creditedId = insertOne(org, 'Opportunity', {
    Name: 'E',
    StageName: 'Prospecting',
    CloseDate: '2026-12-01',
    Partner__c: accountId,
  });
  org.clock.advance(60_000);
  return { org, accountId, contactId, dealId, creditedId };
}

describe('the recycle bin', () => {
  it('takes the children that cascade and clears the other lookups', () => {
    const { org, accountId, contactId, dealId, creditedId } = family();
    expect(org.delete([accountId])[0]?.success).toBe(true);
    for (const id of [accountId, contactId, dealId]) {
      expect(org.find(id)?.row).toMatchObject({ IsDeleted: true, SystemModstamp: START + 60_000 });
    }
    expect(org.find(creditedId)?.row).toMatchObject({
      IsDeleted: false,
      Partner__c: null,
      SystemModstamp: START + 60_000,
    });
  });

  it('gives back what went in together, and nothing else', () => {
    const { org, accountId, contactId, dealId } = family();
    org.delete([contactId]);
    org.clock.advance(60_000);
    org.delete([accountId]);
    org.clock.advance(60_000);
    expect(org.undelete([accountId])[0]?.success).toBe(true);
    expect(org.find(accountId)?.row).toMatchObject({ IsDeleted: false, SystemModstamp: START + 180_000 });
    expect(org.find(dealId)?.row.IsDeleted).toBe(false);
    expect(org.find(contactId)?.row.IsDeleted).toBe(true);
  });

  it('gives back the lookups that it cleared, unless they were filled since', () => {
    const { org, accountId, creditedId } = family();
    const otherId = insertOne(org, 'Account', { Name: 'Other' });
    const deal = { Name: 'F', StageName: 'Prospecting', CloseDate: '2026-12-01', Partner__c: accountId };
    const reassignedId = insertOne(org, 'Opportunity', deal);
    org.delete([accountId]);
    org.update('Opportunity', [{ Id: reassignedId, Partner__c: otherId }]);
    org.undelete([accountId]);
    expect(org.find(creditedId)?.row.Partner__c).toBe(accountId);
    expect(org.find(reassignedId)?.row.Partner__c).toBe(otherId);
  });

  it('gives a record back without the parent that is still in it', () => {
    const { org, accountId, contactId } = family();
    org.delete([contactId]);
    org.clock.advance(60_000);
    org.delete([accountId]);
    org.undelete([contactId]);
    expect(org.find(contactId)?.row).toMatchObject({ IsDeleted: false, AccountId: null });
  });

  it('refuses a second delete, an update and an undelete of what is not there', () => {
    const { org, accountId, contactId } = family();
    org.delete([contactId]);
    expect(outcomeOf(org.delete([contactId])[0])).toBe('ENTITY_IS_DELETED: entity is deleted');
    expect(org.delete([contactId])[0]?.errors[0]?.status).toBe(404);
    expect(outcomeOf(org.update('Contact', [{ Id: contactId, LastName: 'x' }])[0])).toBe(
      'ENTITY_IS_DELETED: entity is deleted',
    );
    expect(outcomeOf(org.undelete([accountId])[0])).toBe('UNDELETE_FAILED: Entity is not in the recycle bin');
    expect(outcomeOf(org.delete(['001000000000001AAA'])[0])).toBe(
      'INVALID_CROSS_REFERENCE_KEY: invalid cross reference id',
    );
  });

  it('keeps an account that has cases or won deals', () => {
    const { org, accountId, dealId } = family();
    const caseId = insertOne(org, 'Case', { Subject: 'S', AccountId: accountId });
    expect(outcomeOf(org.delete([accountId])[0])).toMatch(
      /^DELETE_FAILED: Your attempt to delete Parent could not be completed because it is associated/,
    );
    org.delete([caseId]);
    org.update('Opportunity', [{ Id: dealId, StageName: 'Closed Won' }]);
    expect(outcomeOf(org.delete([accountId])[0])).toMatch(/closed won/);
    expect(org.find(accountId)?.row.IsDeleted).toBe(false);
  });

  it('is emptied after 15 days', () => {
    const { org, contactId } = family();
    org.delete([contactId]);
    org.clock.advance(14 * DAY);
    expect([...org.rows('Contact')]).toHaveLength(1);
    org.clock.advance(2 * DAY);
    expect([...org.rows('Contact')]).toHaveLength(0);
    expect(org.find(contactId)).toBeUndefined();
  });

  it('undoes a cascade with the statement that caused it', () => {
    const { org, accountId, contactId } = family();
    const results = org.delete([accountId, '001000000000001AAA'], { allOrNone: true });
    expect(results.map((result) => result.success)).toEqual([false, false]);
    expect(org.find(contactId)?.row).toMatchObject({ IsDeleted: false, AccountId: accountId });
  });
});

describe('merge', () => {
  it('buries the loser under the winner and moves its children', () => {
    const { org, accountId: loserId, contactId, creditedId } = family();
    const masterId = insertOne(org, 'Account', { Name: 'Winner' });
    org.clock.advance(60_000);
    expect(org.merge('Account', { masterId, loserIds: [loserId], values: { Phone: '123' } }).success).toBe(
      true,
    );
    const stamp = START + 120_000;
    expect(org.find(loserId)?.row).toMatchObject({
      IsDeleted: true,
      MasterRecordId: masterId,
      SystemModstamp: stamp,
    });
    expect(org.find(masterId)?.row).toMatchObject({ Phone: '123', SystemModstamp: stamp });
    expect(org.find(contactId)?.row).toMatchObject({
      AccountId: masterId,
      SystemModstamp: stamp,
      LastModifiedDate: START,
    });
    expect(org.find(creditedId)?.row).toMatchObject({ Partner__c: masterId });
  });

  it('leaves a winner without parent when the parent was the loser', () => {
    const { org, accountId: loserId } = family();
    const masterId = insertOne(org, 'Account', { Name: 'Winner', ParentId: loserId });
    org.merge('Account', { masterId, loserIds: [loserId] });
    expect(org.find(masterId)?.row.ParentId).toBeNull();
  });

  it('gives the loser back to an undelete, and none of what moved to the winner', () => {
    const { org, accountId: loserId, contactId } = family();
    const masterId = insertOne(org, 'Account', { Name: 'Winner' });
    org.merge('Account', { masterId, loserIds: [loserId] });
    expect(outcomeOf(org.undelete([loserId])[0])).toBe('ok');
    expect(org.find(loserId)?.row).toMatchObject({ IsDeleted: false, MasterRecordId: null });
    expect(org.find(contactId)?.row.AccountId).toBe(masterId);
    expect(outcomeOf(org.undelete([loserId])[0])).toMatch(/^UNDELETE_FAILED/);
  });

  it('changes nothing when the winner refuses the values', () => {
    const { org, accountId: loserId, contactId } = family();
    const masterId = insertOne(org, 'Account', { Name: 'Winner' });
    const result = org.merge('Account', { masterId, loserIds: [loserId], values: { Name: null } });
    expect(outcomeOf(result)).toMatch(/^REQUIRED_FIELD_MISSING/);
    expect(org.find(loserId)?.row.IsDeleted).toBe(false);
    expect(org.find(contactId)?.row.AccountId).toBe(loserId);
  });

  it('is for some objects only, and for at most three records', () => {
    const { org, accountId, dealId, creditedId } = family();
    expect(outcomeOf(org.merge('Opportunity', { masterId: dealId, loserIds: [creditedId] }))).toMatch(
      /does not support merge/,
    );
    expect(outcomeOf(org.merge('Account', { masterId: accountId, loserIds: [accountId] }))).toMatch(
      /^INVALID_NUM_1_ARGUMENT/,
    );
  });
});
