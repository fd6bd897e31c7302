import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestDatabase } from '../services/shared-database.ts';
import { isStoreEmbedded, openTestStore } from '../services/test-store.ts';
import { type RunOptions, run } from './harness.ts';
import { killedElsewhere, killedHere, neverKilled } from './kill-list.ts';
import { commandOf, comparedCommands, comparePublished } from './published.ts';
import { jsonOf, newFolder, openWorld, type World } from './world.ts';
import { watchWrites } from './written.ts';

/** What each command really prints with --json, beside what docs/json/ says of it. */

let world: World;
let store: Store;
let look: () => Promise<string[]>;
/** Commands that have changed something, with what: tables and files. */
const writing = new Map<string, string[]>();
beforeAll(async () => {
  [world, store] = await Promise.all([openWorld(), openTestStore()]);
  look = watchWrites(store, world.folder);
});
afterAll(async () => {
  await store.close();
  await world.close();
});

/** Runs a command and notes what it changes; what the test changes in between is not its. */
const tierlink = async (...argv: string[]) => {
  await look();
  const ran = await run(argv, { commands, environment: { TIERLINK_PROJECT: world.folder }, store });
  const changed = await look();
  if (changed.length > 0) writing.set(commandOf(argv)!.name, changed);
  return ran;
};
const json = async <T = Record<string, unknown>>(...argv: string[]) => await jsonOf<T>(tierlink, argv);

/** Compares what a command prints that goes on until it is stopped. */
async function untilPrinted(argv: string[], options: Partial<RunOptions> = {}): Promise<void> {
  const stop = new AbortController();
  const running = run([...argv, '--json'], {
    commands,
    signal: stop.signal,
    onOutput: () => stop.abort(),
    ...options,
  });
  comparePublished(argv, { ...(await running), err: '' });
}

it('of a new project and its connection', async () => {
  const environment = { TIERLINK_PROJECT: newFolder() };
  const init = ['init', '--crm', 'salesforce', '--alias', 'prod'];
  await jsonOf(async (...argv) => await run(argv, { commands, environment }), init);
  await json('check');
  await json('doctor');
  await json('config', '--explain');
  await json('connect', '--write-back', 'on', '--tiers', 'owned');
  await json('map', 'list');
  await json('map', 'check', 'partner');
  await json('map', 'suggest', 'partner');
  await json('program', 'check');
  await json('program', 'show');
  await json('install', 'source', '--out', join(newFolder(), 'install'));
});

it('of a sync and what can be seen of it', async () => {
  await json('sync');
  await world.simulator.act('quarter');
  await json('sync', '--dry-run');
  const plan = join(world.folder, 'changes.plan');
  await json('plan', '--out', plan);
  await json('plan', 'show', plan);
  await json('plan', 'choose', plan, '--all', '--ours');
  await json('plan', 'approve', plan, '--reason', 'Reviewed.');
  const applied = await json<{ run: string }>('apply', plan);
  await json('undo', applied.run);
  await json('sync');
  await json('status');
  await json('verify', '--months');
  await json('verify', '--dry-run');
  const { partners } = await json<{ partners: { id: string; name: string }[] }>('partners');
  const { name } = partners[0]!;
  await json('partners', '--by', 'fit', '--stage', 'active');
  await json('partners', 'show', name);
  await json('debt');
  await json('debt', '--format', 'csv');
  await json('partners', 'scorecard', name);
  await json('partners', 'scorecard', '--factor', 'skills');
  await json('program', 'goals');
  await json('partners', 'expectations', '--all');
  await json('partners', 'benefits', '--all');
  await json('kpi', 'list');
  await json('kpi', 'show', name, 'sourcedRevenue', '--records');
  await json('tier', 'list');
  for (const each of partners) await json('tier', 'why', each.name);
  await json('tier', 'compare', '--all');
  await json('tier', 'evaluate', '--all', '--with-todays-data');
  for (const each of partners) await json('tier', 'evaluate', each.name, '--as-of', '2020-01-01');
  await json('tier', 'forecast', '--within', '366');
  await json('tier', 'simulate', name, '--set', 'certifiedPeople=9', '--set', 'partner.country=SE');
  const file = join(world.folder, 'programs', 'starter.yaml');
  await json('program', 'compare', file, file);
  await json('program', 'backtest', file, '--quarters', '3');
  await json('period', 'show');
  await json('period', 'close', '2025-Q4', '--note', 'agreed', '--accept-incomplete', '--reconstructed');
  await json('period', 'show', '2025-Q4');
  await json('period', 'reopen', '2025-Q4', '--reason', 'too early');
  const until = ['--until', '2099-12-31'];
  await json('tier', 'override', name, '--tier', 'Silver', '--reason', 'agreed', ...until);
  await json('map', 'test', name);
  await json('audit', '--limit', '1000');
  await json('audit', '--csv', join(newFolder(), 'audit.csv'));
  await json('audit', 'verify');
  await json('export', '--all', '--csv', newFolder());
});

it('of facts on file and of exceptions', async () => {
  const { partners } = await json<{ partners: { name: string }[] }>('partners');
  const { name } = partners[1]!;
  const until = ['--until', '2099-12-31'];
  await json('fact', 'set', name, 'business-plan', '--reason', 'plan of March', ...until);
  await json('fact', 'list', name);
  await json('fact', 'end', name, 'business-plan', '--reason', 'withdrawn');
  const waiver = ['tier', 'waive', name, 'certifiedPeople', '--tier', 'Silver'];
  await json(...waiver, '--reason', 'exam center closed', ...until);
  await json('exceptions', 'list', '--all');
});

it('of changes of tiers that wait for a person', async () => {
  const file = join(world.folder, 'programs', 'starter.yaml');
  const text = readFileSync(file, 'utf8');
  const asking = text.replace(/approval:\n( {2}.*\n)+/, 'approval: { always: both }\n');
  // Silver for everybody, and then Gold.
  const easier = asking.replace('atLeast: 100000', 'atLeast: 1').replace('atLeast: 2 }', 'atLeast: 0 }');
  const easy = easier.replace(
    /(key: gold.*?requirements:\n).*( {4}movement:)/s,
    '$1          - { kpi: sourcedRevenue, atLeast: 2 }\n$2',
  );
  for (const [answer, rules] of [
    ['approve', easier],
    ['reject', easy],
  ] as const) {
    writeFileSync(file, rules);
    await json('sync');
    const { approvals } = await json<{ approvals: { id: string }[] }>('approvals', 'list');
    await json('approvals', 'show', approvals[0]!.id);
    await json('approvals', answer, approvals[0]!.id, '--reason', 'as agreed');
    await json('sync');
  }
  await json('approvals', 'list', '--all');
  writeFileSync(file, text);
});

it('of what people decide', async () => {
  await json('differences', 'list');
  await json('differences', 'policy', 'phone', '--object', 'Account', '--wins', 'newest');
  await json('differences', 'resolve', '--all', '--take', 'ours');
  const file = join(world.folder, 'tierlink.yaml');
  const second = '  acquired:\n    crm: salesforce\n    mappings: mappings/salesforce\n';
  const one = readFileSync(file, 'utf8');
  writeFileSync(file, one.replace(/^connections:\n/m, `connections:\n${second}`));
  for (const [id, alias, vat] of [
    ['ptr_a1', 'demo', 'se1'],
    ['ptr_b1', 'acquired', 'se1'],
    ['ptr_a2', 'demo', 'se2'],
    ['ptr_b2', 'acquired', 'se2'],
  ] as const) {
    await store.query('insert into tierlink.partner (id, name, vat) values ($1, $1, $2)', [id, vat]);
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ($1, 'Account', $2, 'partner', $2, 'live', now(), now())`,
      [alias, id],
    );
    await store.query(`insert into tierlink.match_key values ('partner', 'vat', $1, $2, $2)`, [vat, id]);
  }
  await store.query(
    `insert into tierlink.match (id, entity, one, other, rule, key, state, since)
     values ('m-000001', 'partner', 'ptr_a1', 'ptr_b1', 'vat', 'se1', 'open', now()),
       ('m-000002', 'partner', 'ptr_a2', 'ptr_b2', 'vat', 'se2', 'open', now())`,
  );
  // The first command of a new connection notes it.
  await json('status');
  writing.delete('status');
  await json('match', 'list');
  await json('match', 'show', 'm-000001');
  await json('match', 'refuse', 'm-000002', '--reason', 'one group');
  await json('match', 'accept', 'm-000001');
  await json('match', 'undo', 'm-000001', '--reason', 'by mistake');
  writeFileSync(file, one);
});

it('of links', async () => {
  const { links } = await json<{ links: { crmId: string; recordId: string }[] }>(
    'links',
    '--entity',
    'partner',
  );
  const [first, second, third] = links as [(typeof links)[0], (typeof links)[0], (typeof links)[0]];
  await json('links', 'show', first.recordId);
  await json('links', 'suggest');
  await json('links', 'move', second.crmId, first.recordId, '--dry-run');
  await json('links', 'move', second.crmId, first.recordId, '--reason', 'entered twice');
  await json('links', 'break', third.crmId, '--reason', 'a test account');
  await json('links', 'make', third.crmId, third.recordId, '--reason', 'a mistake');
  await json('links', 'apart', first.recordId, third.recordId, '--reason', 'two companies');
  await json('links', 'show', first.recordId);
});

it('of alerts', async () => {
  await store.query(`update tierlink.connection set state = 'action_required' where id = 'demo'`);
  const file = join(world.folder, 'tierlink.yaml');
  const without = readFileSync(file, 'utf8');
  writeFileSync(file, `${without}alerts:\n  channels:\n    ops: { webhook: true }\n`);
  await json('alerts', 'list');
  await json('alerts', 'test');
  await json('alerts', 'ack', 'connection:demo', '--reason', 'On it.');
  writeFileSync(file, without);
});

it('of rejected records', async () => {
  await store.query(
    `insert into tierlink.reject (id, connection, object, entity, crm_id, direction, code, message, retry, first_at, last_at)
     values ('rej_1', 'demo', 'Contact', 'person', '003', 'in', 'CRM_PICKLIST', 'no value', 'never', now(), now())`,
  );
  await json('rejects', 'list');
  await json('rejects', 'list', '--held');
  await json('rejects', 'show', 'rej_1');
  await json('rejects', 'export');
  await json('rejects', 'ignore', '--all', '--reason', 'Known.');
  await json('rejects', 'retry', '--all');
});

it.each([
  [
    'certifications',
    'email,partner,code,issued_on\nnew@x.example,Fjordlys,SALES-1,2026-01-01\nold@x.example,,X,never\n',
  ],
  ['leads', 'partner,email,company,created_at\nFjordlys,ann@x.example,Acme,2026-01-01\n'],
  ['people', 'email,partner\nann@x.example,Fjordlys\n'],
  ['partners', 'name,number,types\nHarbour,P-900,reseller\nNameless,,reseller\n'],
  [
    'deals',
    'id,name,partner,role,amount,currency,is_closed,is_won,close_on,customer\nD-1,Deal,Fjordlys,sourced,100,USD,true,true,2026-01-01,Newcomer\n',
  ],
  ['facts', 'kind,partner,occurred_on,quantity\nusage,Fjordlys,2026-01-01,1\n'],
])('of an import of %s', async (kind, text) => {
  const file = join(newFolder(), 'rows.csv');
  writeFileSync(file, text);
  await json('import', kind, file, '--skip-invalid');
});

it('of what goes on until it is stopped', async () => {
  await untilPrinted(['simulator', 'salesforce']);
  const database = isStoreEmbedded() ? null : await createTestDatabase();
  const environment = {
    TIERLINK_PROJECT: world.folder,
    ...(database !== null && { DATABASE_URL: database.url }),
  };
  await untilPrinted(['start'], { environment });
  if (database !== null) await untilPrinted(['worker'], { environment });
  await database?.drop();
});

it('of every command', () => {
  // The demo takes long and is compared where it is tested, as are installations; a worker needs a server.
  const missing = commands.map(({ name }) => name).filter((name) => !comparedCommands.has(name));
  const elsewhere = ['install plan', 'install apply', 'rejects fix'];
  const all = ['demo', ...(isStoreEmbedded() ? ['worker'] : []), ...elsewhere];
  expect(missing.sort()).toEqual(all.sort());
});

/** Whether a test of the file, or one of the cases that it tells, has the words in its name. */
function isTestNamed(file: string, words: string): boolean {
  const names = readFileSync(fromPackageRoot(file), 'utf8').matchAll(
    /(?:\b(?:it|describe)(?:\.each\([\s\S]*?\))?\(\s*|\bname: )(['"`])(.*?)\1/g,
  );
  return [...names].some(([, , name]) => name!.includes(words));
}

it('of no command that changes something and is killed in no test', () => {
  const known = [...killedHere, ...Object.keys(killedElsewhere), ...Object.keys(neverKilled)];
  const forgotten = [...writing].filter(([name]) => !known.includes(name));
  expect(Object.fromEntries(forgotten)).toEqual({});
  expect(known.filter((name) => !commands.some((each) => each.name === name))).toEqual([]);
  for (const [file, words] of Object.values(killedElsewhere).flat())
    expect([file, isTestNamed(file, words)]).toEqual([file, true]);
});

it('of a command that fails', async () => {
  const ran = await tierlink('partners', 'show', 'nobody at all', '--json');
  expect(ran.exit).toBe(2);
  comparePublished(['partners', 'show'], ran);
});
