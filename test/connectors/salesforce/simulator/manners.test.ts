import { describe, expect, it } from '@jest/globals';
import { freshOrg, insertOne, outcomeOf } from './fresh-org.ts';

const rule = {
  name: 'Standard_Lead_Rule',
  object: 'Lead',
  fields: ['Email'],
  message: 'Use one of these records?',
};
const lead = { LastName: 'L', Company: 'C', Email: 'a@x.example' };
const allowSave = { allowSave: true, includeRecordDetails: false, runAsCurrentUser: false };

describe('duplicate rules', () => {
  it('refuse a match and describe it', () => {
    const { org } = freshOrg();
    org.addDuplicateRule({ ...rule, action: 'alert' });
    const first = insertOne(org, 'Lead', lead);
    const [result] = org.insert('Lead', [{ ...lead, Email: 'A@x.example' }]);
    expect(outcomeOf(result)).toBe('DUPLICATES_DETECTED: Use one of these records?');
    expect(result?.errors[0]?.extra?.duplicateResult).toMatchObject({
      allowSave: true,
      duplicateRule: 'Standard_Lead_Rule',
      duplicateRuleEntityType: 'Lead',
      matchResults: [
        { entityType: 'Lead', size: 1, success: true, matchRecords: [{ record: { Id: first } }] },
      ],
    });
  });

  it('let an alert pass with the header, a block never', () => {
    const { org } = freshOrg();
    const remove = org.addDuplicateRule({ ...rule, action: 'alert' });
    insertOne(org, 'Lead', lead);
    expect(outcomeOf(org.insert('Lead', [lead], { duplicateRule: allowSave })[0])).toBe('ok');
    remove();
    org.addDuplicateRule({ ...rule, action: 'block' });
    expect(outcomeOf(org.insert('Lead', [lead], { duplicateRule: allowSave })[0])).toMatch(
      /^DUPLICATES_DETECTED/,
    );
  });

  it('are not asked when their fields are not written', () => {
    const { org } = freshOrg();
    const Id = insertOne(org, 'Lead', lead);
    insertOne(org, 'Lead', lead);
    org.addDuplicateRule({ ...rule, action: 'block' });
    expect(outcomeOf(org.update('Lead', [{ Id, Title: 'CEO' }])[0])).toBe('ok');
    expect(outcomeOf(org.update('Lead', [{ Id, Email: lead.Email }])[0])).toMatch(/^DUPLICATES_DETECTED/);
  });
});

describe('assignment rules and mails', () => {
  it('run on leads and cases unless the request says no', () => {
    const { org, users } = freshOrg();
    org.setAssignmentRule('Lead', { id: '01QSm0000000001AAA', assign: () => users.sales[0] ?? null });
    const quiet = insertOne(org, 'Lead', lead, { autoAssign: false });
    expect(org.sideEffects).toEqual([]);
    expect(org.find(quiet)?.row.OwnerId).toBe(users.admin);
    const assigned = insertOne(org, 'Lead', lead);
    expect(org.find(assigned)?.row.OwnerId).toBe(users.sales[0]);
    expect(org.sideEffects.map(({ kind, id }) => [kind, id])).toEqual([
      ['assignment-rule', assigned],
      ['mail', assigned],
    ]);
  });

  it('run on updates too', () => {
    const { org } = freshOrg();
    const Id = insertOne(org, 'Lead', lead, { autoAssign: false });
    org.update('Lead', [{ Id, Title: 'CEO' }]);
    expect(org.sideEffects.map(({ kind }) => kind)).toEqual(['assignment-rule']);
  });

  it('leave other objects alone', () => {
    const { org } = freshOrg();
    insertOne(org, 'Account', { Name: 'A' });
    expect(org.sideEffects).toEqual([]);
  });
});
