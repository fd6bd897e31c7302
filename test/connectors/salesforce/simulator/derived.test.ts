import { describe, expect, it } from '@jest/globals';
import { freshOrg, insertOne, START } from './fresh-org.ts';

const opportunity = { Name: 'Deal', StageName: 'Negotiation/Review', CloseDate: '2026-12-01', Amount: 1000 };

describe('fields that the platform computes', () => {
  it('follows the stage of an opportunity', () => {
    const { org } = freshOrg();
    const Id = insertOne(org, 'Opportunity', opportunity);
    expect(org.find(Id)?.row).toMatchObject({
      IsClosed: false,
      IsWon: false,
      Probability: 90,
      ForecastCategory: 'Forecast',
      ForecastCategoryName: 'Commit',
      ExpectedRevenue: 900,
      FiscalYear: 2026,
      FiscalQuarter: 4,
      Fiscal: '2026 4',
    });
    org.clock.advance(60_000);
    org.update('Opportunity', [{ Id, StageName: 'Closed Won' }]);
    expect(org.find(Id)?.row).toMatchObject({
      IsClosed: true,
      IsWon: true,
      Probability: 100,
      ForecastCategory: 'Closed',
      ExpectedRevenue: 1000,
      LastStageChangeDate: START + 60_000,
    });
  });

  it('lets a probability be named, until the stage moves again', () => {
    const { org } = freshOrg();
    const Id = insertOne(org, 'Opportunity', { ...opportunity, Probability: 42 });
    org.update('Opportunity', [{ Id, Amount: 500 }]);
    expect(org.find(Id)?.row).toMatchObject({ Probability: 42, ExpectedRevenue: 210 });
    org.update('Opportunity', [{ Id, StageName: 'Closed Lost' }]);
    expect(org.find(Id)?.row).toMatchObject({ Probability: 0, IsClosed: true, IsWon: false });
  });

  it('joins first and last names', () => {
    const { org } = freshOrg();
    const Id = insertOne(org, 'Contact', { FirstName: 'Grace', LastName: 'Hughes' });
    expect(org.find(Id)?.row.Name).toBe('Grace Hughes');
    org.update('Contact', [{ Id, FirstName: null }]);
    expect(org.find(Id)?.row.Name).toBe('Hughes');
  });

  it('closes and reopens cases with their status', () => {
    const { org } = freshOrg();
    const Id = insertOne(org, 'Case', { Subject: 'Help' });
    expect(org.find(Id)?.row).toMatchObject({
      Status: 'New',
      Priority: 'Medium',
      IsClosed: false,
      CaseNumber: '00000001',
    });
    org.update('Case', [{ Id, Status: 'Closed' }]);
    expect(org.find(Id)?.row).toMatchObject({ IsClosed: true, ClosedDate: START });
    org.update('Case', [{ Id, Status: 'Working' }]);
    expect(org.find(Id)?.row).toMatchObject({ IsClosed: false, ClosedDate: null });
  });

  it('gives the records of a partner user to the account of the partner', () => {
    const { org } = freshOrg();
    const AccountId = insertOne(org, 'Account', { Name: 'Partner' });
    const ContactId = insertOne(org, 'Contact', { LastName: 'P', AccountId });
    const profile = [...org.rows('Profile')].find((row) => row.Name === 'Partner Community User');
    const OwnerId = insertOne(org, 'User', {
      LastName: 'P',
      Username: 'p@x.example',
      Email: 'p@x.example',
      Alias: 'p',
      ProfileId: profile?.Id,
      ContactId,
      IsActive: true,
      TimeZoneSidKey: 'GMT',
      CommunityNickname: 'p',
    });
    expect(org.find(OwnerId)?.row).toMatchObject({ UserType: 'PowerPartner', AccountId });
    const lead = insertOne(org, 'Lead', { LastName: 'L', Company: 'C', OwnerId });
    expect(org.find(lead)?.row.PartnerAccountId).toBe(AccountId);
  });

  it('shows an account its channel program and level without moving its stamps', () => {
    const { org } = freshOrg();
    const PartnerId = insertOne(org, 'Account', { Name: 'Partner' });
    const ProgramId = insertOne(org, 'ChannelProgram', { Name: 'Program' });
    const LevelId = insertOne(org, 'ChannelProgramLevel', { Name: 'Gold', ProgramId, Rank: 3 });
    org.clock.advance(60_000);
    const member = insertOne(org, 'ChannelProgramMember', { PartnerId, ProgramId, LevelId });
    expect(org.find(PartnerId)?.row).toMatchObject({
      ChannelProgramName: 'Program',
      ChannelProgramLevelName: 'Gold',
      SystemModstamp: START,
    });
    org.delete([member]);
    expect(org.find(PartnerId)?.row.ChannelProgramLevelName).toBeNull();
  });

  it('evaluates formula fields on reading, without moving a stamp', () => {
    const { org } = freshOrg();
    const id = insertOne(org, 'Account', { Name: 'A', NumberOfEmployees: 3 });
    let factor = 2;
    org.setFormula('Account', 'AnnualRevenue', (row) => Number(row.NumberOfEmployees) * factor);
    const read = () => org.rowById('Account', id);
    expect(read()).toMatchObject({ AnnualRevenue: 6, SystemModstamp: START });
    org.clock.advance(60_000);
    factor = 5;
    expect(read()).toMatchObject({ AnnualRevenue: 15, SystemModstamp: START });
    expect([...org.rowsWhere('Account', 'AnnualRevenue', [15])].map((row) => row.Id)).toEqual([id]);
  });
});
