import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manifest } from '../../connectors/salesforce/index.ts';
import { engineOf } from '../../src/app/engine.ts';
import { runPass } from '../../src/sync/pass/pass.ts';
import { testHost } from '../contract/connector-world.ts';
import { openStage, type Stage } from './stage.ts';

/** What the org bills for a pass over all shipped mappings when little or nothing has changed. */

const minuteMs = 60_000;
const composite = 'POST /services/data/v67.0/composite';
let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ sample: true });
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
  stage.clock.time += 60 * minuteMs;
  await stage.pass();
});
afterAll(() => stage.close());

/** The calls of a pass five minutes later, as "method path". */
async function callsOf(pass: () => Promise<unknown>): Promise<string[]> {
  const { calls } = stage.standIn.simulator;
  stage.clock.time += 5 * minuteMs;
  calls.reset();
  await pass();
  return calls.log.map((line) => line.split('?')[0]!);
}

/** A pass as a new process runs it, which knows what the store knows. */
async function passOfNewProcess(): Promise<void> {
  const { app, clock, standIn } = stage;
  const connector = manifest.connect(standIn.options, testHost(clock.now));
  const connections = app.connections.map((each) => ({ ...each, connector: () => connector }));
  const { state } = await runPass({ engine: engineOf(app, { actor: 'stage' }), connections });
  expect(state).toBe('succeeded');
}

describe('the calls of a pass over all shipped mappings', () => {
  it('are three when nothing changed: one for what changed in all objects, two for the sizes of their scopes', async () => {
    expect(await callsOf(() => stage.pass())).toEqual([composite, composite, composite]);
  });

  it('are as many in a process that has just started, as schedules outside of the service start them', async () => {
    expect(await callsOf(passOfNewProcess)).toEqual([composite, composite, composite]);
  });

  it('are two more for an object in which something changed', async () => {
    const [lead] = stage.org.dump('Lead').filter((row) => row.IsConverted !== true);
    stage.clock.time += 5 * minuteMs;
    stage.org.update('Lead', [{ Id: String(lead!.Id), Title: 'Head of something else' }]);
    const query = 'GET /services/data/v67.0/query';
    const calls = await callsOf(() => stage.pass());
    // How the object is made is forgotten after an hour.
    const isDescribe = (call: string) => call.endsWith('/describe');
    expect(calls.filter(isDescribe).length).toBeLessThanOrEqual(1);
    expect(calls.filter((call) => !isDescribe(call))).toEqual([
      composite,
      query,
      composite,
      composite,
      composite,
    ]);
  });

  it('tell once a day who we are in the org and how its objects are made, a dozen calls in all', async () => {
    stage.clock.time += 24 * 60 * minuteMs;
    const calls = await callsOf(() => stage.pass());
    expect(calls.length).toBeLessThanOrEqual(15);
    expect(calls.filter((call) => call.endsWith('/describe')).length).toBeLessThanOrEqual(1);
  });

  it('are one for each question when the platform does not take them together, with the same end', async () => {
    stage.standIn.simulator.faults.add({
      kind: 'status',
      status: 400,
      statusCode: 'INVALID_INPUT',
      path: '/composite',
    });
    const [account] = stage.org.dump('Account');
    stage.org.update('Account', [{ Id: String(account!.Id), Phone: '+46 8 123' }]);
    const calls = await callsOf(() => stage.pass());
    expect(calls.filter((call) => call.endsWith('/updated')).length).toBe(11);
    expect(calls.filter((call) => call.endsWith('/deleted')).length).toBe(11);
  });
});
