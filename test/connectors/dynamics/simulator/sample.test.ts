import { describe, expect, it } from '@jest/globals';
import { readColumn } from '../../../../connectors/dynamics/simulator/metadata-column.ts';
import { loadTable } from '../../../../connectors/dynamics/simulator/metadata-load.ts';
import { playScene } from '../../../../connectors/dynamics/simulator/scenes.ts';
import {
  createSimulatedOrg,
  type SimulatedOrg,
} from '../../../../connectors/dynamics/simulator/simulated-org.ts';
import { compactField } from '../../../../connectors/salesforce/simulator/metadata-field.ts';
import { playScene as playSalesforceScene } from '../../../../connectors/salesforce/simulator/scenes.ts';
import { createSimulatedOrg as createSalesforceOrg } from '../../../../connectors/salesforce/simulator/simulated-org.ts';

const start = Date.parse('2026-11-23T12:00:00Z');
const make = (): SimulatedOrg => createSimulatedOrg({ now: () => start });

describe('the sample environment', () => {
  it('is the same for the same day', () => {
    const [one, two] = [make().org, make().org];
    for (const { logicalName } of one.schema.tables()) {
      expect(one.dump(logicalName)).toEqual(two.dump(logicalName));
    }
  });

  it('holds the business that the other simulator holds, partner for partner and deal for deal', () => {
    const { org } = make();
    const other = createSalesforceOrg({ now: () => start }).org;
    const byName = (id: unknown) => other.find(String(id))?.row.Name ?? null;
    const theirs = other
      .dump('Opportunity')
      .map((row) => [row.Name, row.Amount, row.IsWon, row.IsClosed, row.CloseDate, byName(row.Partner__c)]);
    const accounts = new Map(org.dump('account').map((row) => [row.accountid, row.name]));
    const ours = org
      .dump('opportunity')
      .filter(({ originatingleadid }) => originatingleadid === null)
      .map((row) => [
        row.name,
        row.estimatedvalue,
        row.statecode === 1,
        row.statecode !== 0,
        row.estimatedclosedate,
        row.nw_partnerid === null ? null : accounts.get(row.nw_partnerid!),
      ]);
    expect(ours).toHaveLength(260);
    expect(ours.sort()).toEqual(theirs.sort());
    const certificates = (rows: readonly unknown[][]) => rows.map((row) => row.join(' ')).sort();
    expect(
      certificates(
        org.dump('nw_partnercertification').map((row) => [row.nw_externalid, row.nw_code, row.nw_expireson]),
      ),
    ).toEqual(
      certificates(
        other
          .dump('Partner_Certification__c')
          .map((row) => [row.External_Id__c, row.Code__c, row.Expires_On__c]),
      ),
    );
  });

  it('lies in the past, in states that fit', () => {
    const { org } = make();
    for (const { logicalName } of org.schema.tables()) {
      if (['systemuser', 'usersettings', 'role'].includes(logicalName)) continue;
      for (const row of org.dump(logicalName)) {
        expect(Date.parse(String(row.createdon))).toBeLessThanOrEqual(start);
        expect(String(row.modifiedon) >= String(row.createdon)).toBe(true);
      }
    }
    const qualified = org.dump('lead').filter(({ statecode }) => statecode === 1);
    expect(qualified.length).toBeGreaterThan(5);
    for (const lead of qualified) {
      expect(org.get('opportunity', String(lead.qualifyingopportunityid))).toMatchObject({
        originatingleadid: lead.leadid,
        createdon: lead.modifiedon,
      });
    }
    const resolved = org.dump('incident').filter(({ statecode }) => statecode === 1);
    expect(resolved.every(({ nw_closedon: on, modifiedon }) => on === modifiedon)).toBe(true);
    expect(org.dump('incidentresolution')).toHaveLength(resolved.length);
  });

  it('names the part of a partner in a deal by a connection with a role, once from either side', () => {
    const { org } = make();
    const all = org.dump('connection');
    const fromDeals = all.filter(({ record1objecttypecode: kind }) => kind === 3);
    expect([all.length, fromDeals.length]).toEqual([80, 40]);
    for (const row of fromDeals) {
      expect(row).toMatchObject({ record2objecttypecode: 1, ismaster: true });
      expect(row.name).toBe(org.get('account', String(row.record2id))?.name);
      const role = org.get('connectionrole', String(row.record2roleid));
      expect(['Reseller', 'System Integrator', 'Distributor', 'Consultant']).toContain(role?.name);
      expect(org.get('connection', String(row.relatedconnectionid))).toMatchObject({
        record1id: row.record2id,
        record2id: row.record1id,
        record1roleid: row.record2roleid,
        relatedconnectionid: row.connectionid,
        ismaster: false,
      });
    }
  });

  it('stays away from an empty environment, with the columns that go with it', () => {
    const { org, sample } = createSimulatedOrg({ empty: true });
    expect([sample, org.dump('account'), org.schema.table('nw_partnercertification')]).toEqual([
      undefined,
      [],
      undefined,
    ]);
    expect(org.table('account').columns.has('nw_partnertype')).toBe(false);
    expect(org.dump('transactioncurrency')).toHaveLength(2);
  });

  it('lets its sales people see their own rows only', () => {
    const { org, users } = make();
    const [sam = ''] = users.sales;
    const table = org.table('account');
    const seen = org.dump('account').filter((row) => org.as(sam).reaches('Read', table, row));
    expect(new Set(seen.map(({ ownerid }) => ownerid))).toEqual(new Set([sam]));
  });
});

describe('the quarter that people act out', () => {
  it('is told in the words of the other simulator, which holds the same business', () => {
    const { org, sample } = make();
    org.schema.addColumn(
      org.table('account'),
      readColumn('account', 'tierlink_Tier', 'String(80) cu').column,
    );
    const other = createSalesforceOrg({ now: () => start });
    const picklist = 'picklist(255) cunfsg : Registered; Silver; Gold';
    other.org.schema.putField('Account', compactField('Partner_Tier__c', picklist));
    const tierOf = (place: number) => ['Registered', 'Silver', 'Gold'][place % 3]!;
    for (const [place, id] of sample!.partnerIds.entries()) {
      org.set('account', id, { tierlink_tier: tierOf(place) });
      other.org.setSystemFields(other.sample!.partnerIds[place]!, { Partner_Tier__c: tierOf(place) });
    }
    const told = playScene(org, 'quarter');
    expect(told).toHaveLength(4);
    expect(told).toEqual(playSalesforceScene(other.org, 'quarter'));
  });

  it('happens as people do it: won by the action, merged, expired, set by hand', () => {
    const { org } = make();
    playScene(org, 'quarter');
    const [won] = org.dump('opportunity').filter(({ actualvalue }) => actualvalue === 640_000);
    expect(won).toMatchObject({ statecode: 1, statuscode: 3, actualclosedate: '2026-11-22' });
    expect(
      org.dump('opportunityclose').filter(({ opportunityid }) => opportunityid === won?.opportunityid),
    ).toHaveLength(1);
    const days = (start - Date.parse(String(won?.createdon))) / 86_400_000;
    expect(days).toBeGreaterThan(14);
    const [merged] = org.dump('account').filter(({ merged: isMerged }) => isMerged === true);
    expect(merged).toMatchObject({ name: 'Juniper Lane Partners', statecode: 1 });
    expect(org.dump('opportunity').some((row) => row.nw_partnerid === merged?.accountid)).toBe(false);
    const yesterday = org.dump('nw_partnercertification').filter((row) => row.nw_expireson === '2026-11-22');
    expect(yesterday.map(({ nw_status: status }) => status)).toContain(857430001);
  });

  it('has nothing to do where there is nothing, and knows its scenes', () => {
    const { org } = createSimulatedOrg({ empty: true });
    loadTable(org.schema, {
      table: 'new_Thing',
      set: 'new_things',
      label: 'Thing',
      plural: 'Things',
      code: 10_500,
      columns: { new_Name: 'String(10) cu' },
    });
    expect(playScene(org, 'quarter')).toEqual([]);
    expect(() => playScene(org, 'toString')).toThrow('There is no scene "toString"; there are: quarter');
  });
});
