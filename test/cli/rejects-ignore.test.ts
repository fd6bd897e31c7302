import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { recordRejects } from '../../src/sync/records/reject-record.ts';
import { openTestStore } from '../services/test-store.ts';
import { run } from './harness.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let store: Store;
beforeAll(async () => {
  world = await openWorld();
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
  await world.close();
});
beforeEach(async () => {
  await store.query('delete from tierlink.reject');
  await refuse('CRM_PICKLIST', 'never', '=cmd() is not a value of Tier');
  await refuse('CRM_LOCKED', 'backoff', 'The record was being edited');
});

async function refuse(code: 'CRM_PICKLIST' | 'CRM_LOCKED', retry: 'never' | 'backoff', message: string) {
  await store.transaction((tx) =>
    recordRejects(
      tx,
      [
        {
          connection: 'demo',
          object: 'Account',
          entity: 'partner',
          direction: 'out',
          recordId: `ptr_${code}`,
          crmId: `001${code}`,
          code,
          message,
          retry,
          payload: { field: 'Tier__c' },
        },
      ],
      { now: '2026-03-01T10:00:00Z', runId: null },
    ),
  );
}

async function tierlink(...argv: string[]) {
  const environment = { TIERLINK_PROJECT: world.folder };
  return await run([...argv, '--time-zone', 'UTC'], {
    commands,
    environment,
    store,
    columns: 160,
    terminal: true,
  });
}

it('what heals by itself is never listed with what waits for a person', async () => {
  const { out } = await tierlink('rejects', 'list');
  const [people, healing] = out.split('HEALS BY ITSELF');
  expect(people).toContain('WAITS FOR A PERSON');
  expect(people).toContain('CRM_PICKLIST');
  expect(people).not.toContain('CRM_LOCKED');
  expect(healing).toContain('CRM_LOCKED');
});

it('what is ignored comes back with another cause, or when it is tried again', async () => {
  const ignored = await tierlink('rejects', 'ignore', '--code', 'CRM_PICKLIST', '--reason', 'Old ones');
  expect(ignored.out).toContain('1 record is ignored');
  const listed = await tierlink('rejects', 'list');
  expect(listed.out).not.toContain('CRM_PICKLIST');
  expect(listed.out).toContain('1 record more ignored');
  expect((await tierlink('rejects', 'list', '--ignored')).out).toContain('CRM_PICKLIST');
  await refuse('CRM_PICKLIST', 'never', '=cmd() is not a value of Tier');
  expect((await tierlink('rejects', 'list')).out).not.toContain('CRM_PICKLIST');
  await refuse('CRM_PICKLIST', 'never', 'Another value is none either');
  expect((await tierlink('rejects', 'list')).out).toContain('CRM_PICKLIST');
  await tierlink('rejects', 'ignore', '--all', '--reason', 'All');
  await tierlink('rejects', 'retry', '--all');
  expect((await tierlink('rejects', 'list')).out).toContain('CRM_PICKLIST');
  expect(await store.query(`select why from tierlink.audit where action = 'ignore' order by id`)).toEqual([
    { why: 'Old ones' },
    { why: 'All' },
    { why: 'All' },
  ]);
});

it('says which are meant, and why', async () => {
  expect((await tierlink('rejects', 'ignore', '--reason', 'x')).err).toContain('Say which');
  expect((await tierlink('rejects', 'ignore', '--all', '--no-input')).err).toContain('--reason');
  expect((await tierlink('rejects', 'ignore', 'x-999999', '--reason', 'x')).exit).not.toBe(0);
});

it('is exported with what to do, and no cell is a formula', async () => {
  const file = join(world.folder, 'r.csv');
  expect((await tierlink('rejects', 'export', '--csv', file)).out).toContain('Wrote 2 records');
  const [head, first] = readFileSync(file, 'utf8').split('\r\n');
  expect(head).toContain('CODE,ERROR,FIX,WHOSE_JOB');
  expect(first).toContain(`Tier__c,,,CRM_PICKLIST,'=cmd() is not a value of Tier,`);
  await tierlink('rejects', 'ignore', '--code', 'CRM_LOCKED', '--reason', 'x');
  expect((await tierlink('rejects', 'export')).out.split('\r\n')).toHaveLength(3);
});
