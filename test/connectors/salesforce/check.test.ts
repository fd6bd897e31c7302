import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { manifest } from '../../../connectors/salesforce/index.ts';
import { testHost } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

describe('what check finds out', () => {
  let world: SalesforceWorld;
  beforeEach(async () => {
    world = await salesforceWorld({ options: { currency: 'EUR' } });
  });
  afterEach(async () => {
    await world.close();
  });

  it.each([
    [{ InstanceName: 'SIM1' }, 'simulator', 'simulator'],
    [{ InstanceName: 'EU45', IsSandbox: true }, 'test', 'sandbox'],
    [
      { InstanceName: 'EU45', IsSandbox: false, OrganizationType: 'Developer Edition' },
      'test',
      'Developer Edition',
    ],
    [
      { InstanceName: 'EU45', IsSandbox: false, OrganizationType: 'Enterprise Edition' },
      'production',
      'Enterprise Edition',
    ],
  ])('an org with %j is %s', async (fields, orgKind, orgKindLabel) => {
    const { org } = world.simulator;
    org.setSystemFields(org.id, fields);
    expect(await world.connector.check([])).toMatchObject({ orgKind, orgKindLabel });
  });

  it('the currency of the org counts before the configured one, which serves orgs that do not tell theirs', async () => {
    expect((await world.connector.check([])).currency).toBe('USD');
    world.simulator.faults.add({
      kind: 'dropped-field',
      object: 'Organization',
      field: 'DefaultCurrencyIsoCode',
    });
    expect((await world.connector.check([])).currency).toBe('EUR');
  });

  it('costs three calls, whatever the number of objects', async () => {
    await world.connector.check([]);
    const before = world.simulator.calls.total;
    await world.connector.check(['Account', 'Contact', 'Opportunity', 'Lead', 'Case', 'Campaign']);
    expect(world.simulator.calls.total - before).toBeLessThanOrEqual(3);
  });

  it('an API version that the org does not offer is named before anything is read', async () => {
    const connector = manifest.connect({ ...world.standIn.options, apiVersion: '99.0' }, testHost());
    const error = await connector.check(['Account']).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'CRM_VERSION', message: expect.stringContaining('99.0') });
  });
});
