import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WriteRow } from '../../../src/sync/connector.ts';
import { KEY, type WriteWorld, writeWorld } from './write-world.ts';

describe('states that a write to Dynamics brings about', () => {
  let world: WriteWorld;
  beforeEach(async () => {
    world = await writeWorld();
  });
  afterEach(async () => await world.close());
  const org = () => world.simulator.org;
  const deal = (more: Record<string, unknown> = {}): string =>
    org().create('opportunity', [{ name: 'Deal', estimatedvalue: 100, ...more }])[0] ?? '';
  const incident = (): string => {
    const [customer = ''] = org().create('account', [{ name: 'Customer' }]);
    const bind = `/accounts(${customer})`;
    return org().create('incident', [{ title: 'Case', 'customerid_account@odata.bind': bind }])[0] ?? '';
  };
  const update = async (object: string, id: string, fields: WriteRow['fields']) =>
    (await world.update([{ ref: 'r', id, fields }], { object }))[0];
  const activities = (table: string) =>
    org()
      .dump(table)
      .map((row) => row.subject);

  it('wins an opportunity by its action, with what was earned and when', async () => {
    const id = deal();
    const fields = { statecode: '1', actualvalue: '90.50', actualclosedate: '2026-03-02', description: 'x' };
    expect(await update('opportunity', id, fields)).toEqual({ ref: 'r', id, outcome: 'updated' });
    expect(org().get('opportunity', id)).toMatchObject({
      statecode: 1,
      statuscode: 3,
      actualvalue: 90.5,
      actualclosedate: '2026-03-02',
      description: 'x',
    });
    expect(activities('opportunityclose')).toEqual(['Won']);
    expect(world.writes()).toEqual(['POST $batch']);
  });

  it('loses one for the reason that its status names, even without a state', async () => {
    const id = deal();
    expect(await update('opportunity', id, { statuscode: 5 })).toMatchObject({ id, outcome: 'updated' });
    expect(org().get('opportunity', id)).toMatchObject({ statecode: 2, statuscode: 5 });
    expect(activities('opportunityclose')).toEqual(['Lost']);
    expect(world.writes()).toEqual(['POST LoseOpportunity?tag=tierlink']);
  });

  it('opens a closed one again to change it, and to close it another way', async () => {
    const id = deal();
    await update('opportunity', id, { statecode: 1 });
    expect(await update('opportunity', id, { name: 'Changed' })).toMatchObject({
      code: 'CRM_READONLY_RECORD',
    });
    await update('opportunity', id, { statecode: 2, name: 'Lost after all' });
    expect(org().get('opportunity', id)).toMatchObject({
      statecode: 2,
      statuscode: 4,
      name: 'Lost after all',
    });
    await update('opportunity', id, { statecode: 0, name: 'Open again' });
    expect(org().get('opportunity', id)).toMatchObject({ statecode: 0, statuscode: 1, name: 'Open again' });
    expect(activities('opportunityclose').sort()).toEqual(['Lost', 'Won']);
  });

  it('leaves one alone that is in the state already', async () => {
    const id = deal();
    await update('opportunity', id, { statecode: 1 });
    const before = world.writes().length;
    expect(await update('opportunity', id, { statecode: 1 })).toEqual({ ref: 'r', id, outcome: 'unchanged' });
    expect(world.writes()).toHaveLength(before);
  });

  it('does all of a row or nothing', async () => {
    const id = deal();
    world.simulator.faults.add({ kind: 'row-error', object: 'opportunity', matching: { statecode: 1 } });
    const result = await update('opportunity', id, { statecode: 1, name: 'Changed' });
    expect(result).toMatchObject({ outcome: 'rejected', code: 'CRM_RULE', id });
    expect(org().get('opportunity', id)).toMatchObject({ statecode: 0, name: 'Deal' });
    expect(activities('opportunityclose')).toEqual([]);
  });

  it('does not reopen what somebody changes at that moment', async () => {
    const id = deal();
    await update('opportunity', id, { statecode: 1 });
    const { send } = world.context.client;
    world.context.client.send = async (call) => {
      org().set('opportunity', id, { description: 'theirs' });
      return await send(call);
    };
    const result = await update('opportunity', id, { statecode: 0 });
    expect(result).toMatchObject({ code: 'CRM_LOCKED', vendorCode: '0x80060882', retry: 'backoff' });
    expect(org().get('opportunity', id)).toMatchObject({ statecode: 1, description: 'theirs' });
  });

  it.each([1, 2])('looks again when a row changed after its state was looked up (%d rows)', async (count) => {
    const ids = Array.from({ length: count }, () => deal());
    const rows = ids.map((id) => ({ ref: id, id, fields: { statecode: 1, name: 'Won' } }));
    const { send } = world.context.client;
    world.context.client.send = async (call) => {
      world.context.client.send = send;
      for (const id of ids) org().set('opportunity', id, { description: 'theirs' });
      return await send(call);
    };
    const results = await world.update(rows, { object: 'opportunity' });
    expect(results.map(({ outcome }) => outcome)).toEqual(ids.map(() => 'updated'));
    expect(world.host.waited).toEqual([]);
    for (const id of ids)
      expect(org().get('opportunity', id)).toMatchObject({
        statecode: 1,
        name: 'Won',
        description: 'theirs',
      });
  });

  it.each(['plain', 'odd/key?'])('makes a new row and closes it, whatever its key (%s)', async (key) => {
    const rows: WriteRow[] = [
      { ref: 'a', key, fields: { name: 'New', statecode: 1, actualvalue: '7' } },
      { ref: 'b', key: 'other', fields: { name: 'Open' } },
    ];
    const results = await world.upsert(rows, { object: 'opportunity' });
    expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'created']);
    const made = org()
      .dump('opportunity')
      .find((row) => row[KEY] === key);
    expect(made).toMatchObject({ statecode: 1, statuscode: 3, actualvalue: 7, name: 'New' });
    expect(results[0]?.id).toBe(made?.opportunityid);
    const again = await world.upsert(rows, { object: 'opportunity' });
    expect(again.map(({ id }) => id)).toEqual(results.map(({ id }) => id));
    expect(activities('opportunityclose')).toEqual(['Won']);
  });

  it('resolves a case by its action, cancels and opens it by an update', async () => {
    const id = incident();
    await update('incident', id, { statecode: 1, customersatisfactioncode: 4 });
    expect(org().get('incident', id)).toMatchObject({
      statecode: 1,
      statuscode: 5,
      customersatisfactioncode: 4,
    });
    expect(activities('incidentresolution')).toEqual(['Resolved']);
    await update('incident', id, { statecode: 0 });
    expect(org().get('incident', id)).toMatchObject({ statecode: 0, statuscode: 1 });
    await update('incident', id, { statecode: 2 });
    expect(org().get('incident', id)).toMatchObject({ statecode: 2, statuscode: 6 });
    expect(activities('incidentresolution')).toEqual(['Resolved']);
  });

  it('changes the state of other tables by an update', async () => {
    const [id = ''] = org().create('account', [{ name: 'A' }]);
    await update('account', id, { statecode: 1, statuscode: 2 });
    expect(org().get('account', id)).toMatchObject({ statecode: 1, statuscode: 2 });
    expect(world.writes()).toEqual([`PATCH accounts(${id})?tag=tierlink`]);
  });

  it('never qualifies a lead, and disqualifies one by an update', async () => {
    const [id = ''] = org().create('lead', [{ subject: 'L', lastname: 'L' }]);
    const refused = await update('lead', id, { statuscode: 3 });
    expect(refused).toMatchObject({ outcome: 'rejected', code: 'CRM_RULE', field: 'statecode' });
    await update('lead', id, { statecode: 2, statuscode: 4 });
    expect(org().get('lead', id)).toMatchObject({ statecode: 2, statuscode: 4 });
  });

  it('closes many in few requests, and reads their states in one', async () => {
    const ids = org().create(
      'opportunity',
      Array.from({ length: 100 }, (_unused, index) => ({ name: `D${index}` })),
    );
    const rows = ids.map((id) => ({ ref: id, id, fields: { statecode: 1, description: 'x' } }));
    const results = await world.update(rows, { object: 'opportunity' });
    expect(results.filter(({ outcome }) => outcome !== 'updated')).toEqual([]);
    expect(world.simulator.calls.byKind).toEqual({ query: 1, batch: 1 });
    expect(activities('opportunityclose')).toHaveLength(100);
  });
});
