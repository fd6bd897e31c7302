import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../src/store/store.ts';
import type { Ran } from './harness.ts';

/** A project in which there is something to decide. */
export interface Site {
  store: Store;
  folder: string;
  /** Two partners of the CRM. */
  partners: readonly Known[];
  /** A plan of what is to be written now. */
  plan: string;
  tierlink(argv: readonly string[]): Promise<Ran>;
}

export interface Known {
  name: string;
  recordId: string;
  crmId: string;
}

/** A command that is killed and given again. */
export interface Story {
  name: string;
  argv(site: Site): readonly string[];
  /** The error by which it says that it is done; undefined where doing it again is as good. */
  done?: string;
  /** What is done before, with commands that succeed or in the store itself. */
  before?(site: Site): Promise<unknown>;
}

const until = ['--until', '2099-12-31'];
const why = ['--reason', 'Agreed'];

function first({ partners }: Site): Known {
  return partners[0]!;
}

/** What was done with a partner before. */
function after(argv: (name: string) => readonly string[]): Pick<Story, 'before'> {
  return { before: (site) => site.tierlink(argv(first(site).name)) };
}

const override = (name: string) => ['tier', 'override', name, '--tier', 'Gold', ...until, ...why];
const waive = (name: string) => [
  'tier',
  'waive',
  name,
  'certifiedPeople',
  '--tier',
  'Gold',
  ...until,
  ...why,
];
const file = (name: string) => ['fact', 'set', name, 'Business plan', ...until, ...why];
const closing = ['period', 'close', '2026-Q3', '--accept-incomplete', '--reconstructed'];

const decisions: readonly Story[] = [
  {
    name: 'approvals approve',
    done: 'APPROVAL_DECIDED',
    argv: () => ['approvals', 'approve', 'a-000001', ...why],
  },
  {
    name: 'approvals reject',
    done: 'APPROVAL_DECIDED',
    argv: () => ['approvals', 'reject', 'a-000001', ...why],
  },
  { name: 'tier override', argv: (site) => override(first(site).name) },
  {
    name: 'tier override --end',
    done: 'OVERRIDE_INVALID',
    ...after(override),
    argv: (site) => ['tier', 'override', first(site).name, '--end', ...why],
  },
  { name: 'tier waive', argv: (site) => waive(first(site).name) },
  {
    name: 'tier waive --end',
    done: 'WAIVER_INVALID',
    ...after(waive),
    argv: (site) => ['tier', 'waive', first(site).name, 'certifiedPeople', '--end', ...why],
  },
  { name: 'fact set', argv: (site) => file(first(site).name) },
  {
    name: 'fact end',
    done: 'FACT_INVALID',
    ...after(file),
    argv: (site) => ['fact', 'end', first(site).name, 'business plan', ...why],
  },
  { name: 'period close', done: 'PERIOD_CLOSED', argv: () => closing },
  {
    name: 'period reopen',
    done: 'PERIOD_NOT_CLOSED',
    before: ({ tierlink }) => tierlink(closing),
    argv: () => ['period', 'reopen', '2026-Q3', '--reason', 'A deal was missing'],
  },
];

/** A person whom the CRM told in a way that could not be used. */
async function refuseOne({ store }: Site): Promise<void> {
  await store.query(
    `insert into tierlink.reject (id, connection, object, entity, crm_id, direction, code, message, retry, first_at, last_at)
     select 'x-900001', connection, object, entity, crm_id, 'in', 'RECORD_INVALID', 'no value', 'never', now(), now()
     from tierlink.link where entity = 'person' order by crm_id limit 1`,
  );
}

/** A partner of which both sides say something else. */
async function disagree({ store }: Site, field: { attribute: string; kind: string }): Promise<void> {
  await store.query(
    `insert into tierlink.difference (connection, object, crm_id, entity, record_id, attribute, kind, ours, theirs, since)
     select connection, object, crm_id, entity, record_id, $1, $2, '"silver"', '"gold"', now()
     from tierlink.link where entity = 'partner' order by crm_id limit 1`,
    [field.attribute, field.kind],
  );
}

/** Two companies of which each is in a CRM of its own, and may be one. */
async function likeness({ store, folder }: Site): Promise<void> {
  const project = join(folder, 'tierlink.yaml');
  const second = 'connections:\n  acquired:\n    crm: salesforce\n    mappings: mappings/salesforce\n';
  writeFileSync(project, readFileSync(project, 'utf8').replace(/^connections:\n/m, second));
  for (const [id, alias] of [
    ['ptr_a1', 'demo'],
    ['ptr_b1', 'acquired'],
  ] as const) {
    await store.query(`insert into tierlink.partner (id, name, vat) values ($1, $1, 'se1')`, [id]);
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ($1, 'Account', $2, 'partner', $2, 'live', now(), now())`,
      [alias, id],
    );
    await store.query(`insert into tierlink.match_key values ('partner', 'vat', 'se1', $1, $1)`, [id]);
  }
  await store.query(
    `insert into tierlink.match (id, entity, one, other, rule, key, state, since)
     values ('m-900001', 'partner', 'ptr_a1', 'ptr_b1', 'vat', 'se1', 'open', now())`,
  );
}

const corrections: readonly Story[] = [
  { name: 'rejects ignore', argv: () => ['rejects', 'ignore', '--code', 'RECORD_INVALID', ...why] },
  { name: 'rejects retry', before: refuseOne, argv: () => ['rejects', 'retry', 'x-900001'] },
  {
    name: 'differences resolve --take ours',
    before: (site) => disagree(site, { attribute: 'phone', kind: 'conflict' }),
    argv: () => ['differences', 'resolve', '--all', '--take', 'ours'],
  },
  {
    name: 'differences resolve --take theirs',
    before: (site) => disagree(site, { attribute: 'phone', kind: 'conflict' }),
    argv: () => ['differences', 'resolve', '--all', '--take', 'theirs'],
  },
  {
    name: 'differences resolve --take theirs, a tier',
    before: (site) => disagree(site, { attribute: 'tier', kind: 'drift' }),
    argv: () => ['differences', 'resolve', '--all', '--take', 'theirs', ...until, ...why],
  },
  {
    name: 'differences policy',
    before: (site) => disagree(site, { attribute: 'phone', kind: 'conflict' }),
    argv: () => ['differences', 'policy', 'phone', '--object', 'Account', '--wins', 'crm'],
  },
  { name: 'links break', done: 'LINK_BROKEN', argv: (site) => ['links', 'break', first(site).crmId, ...why] },
  {
    name: 'links make',
    done: 'LINK_SAME',
    before: (site) => site.tierlink(['links', 'break', first(site).crmId, ...why]),
    argv: (site) => ['links', 'make', first(site).crmId, first(site).recordId, ...why],
  },
  {
    name: 'links move',
    done: 'LINK_SAME',
    argv: ({ partners }) => ['links', 'move', partners[1]!.crmId, partners[0]!.recordId, ...why],
  },
  {
    name: 'links apart',
    argv: ({ partners }) => ['links', 'apart', ...partners.map(({ recordId }) => recordId), ...why],
  },
  {
    name: 'match accept',
    done: 'MATCH_DECIDED',
    before: likeness,
    argv: () => ['match', 'accept', 'm-900001'],
  },
  {
    name: 'match refuse',
    done: 'MATCH_DECIDED',
    before: likeness,
    argv: () => ['match', 'refuse', 'm-900001', ...why],
  },
  {
    name: 'match undo',
    done: 'MATCH_NOT_JOINED',
    before: async (site) => {
      await likeness(site);
      return await site.tierlink(['match', 'accept', 'm-900001']);
    },
    argv: () => ['match', 'undo', 'm-900001', ...why],
  },
];

/** What an import is given, by kind. The partners of the project are there already. */
const tables: Readonly<Record<string, (name: string) => string>> = {
  certifications: (name) => `email,partner,code,issued_on\nnew@x.example,${name},SALES-1,2026-01-01\n`,
  leads: (name) => `partner,email,company,created_at\n${name},ann@x.example,Acme,2026-01-01\n`,
  people: (name) => `email,partner\nann@x.example,${name}\n`,
  // Two who enrol, and one whose contract ends.
  partners: () =>
    'name,number,types,status\nHarbour,P-900,reseller,onboarding\nQuay,P-901,reseller,active\nPier,P-902,reseller,terminated\n',
  deals: (name) =>
    `id,name,partner,role,amount,currency,is_closed,is_won,close_on,customer\nD-1,Deal,${name},sourced,100,USD,true,true,2026-01-01,Newcomer\n`,
  facts: (name) => `kind,partner,occurred_on,quantity\nusage,${name},2026-01-01,1\n`,
};

const imports = Object.entries(tables).flatMap(([kind, text]): Story[] => {
  const rows = 'killed.csv';
  const argv = ({ folder }: Site) => ['import', kind, join(folder, rows)];
  const write = (site: Site) => writeFileSync(join(site.folder, rows), text(first(site).name));
  const imported: Story = { name: `import ${kind}`, before: async (site) => write(site), argv };
  // Who is wrong among these is told by a later file, such as that a contract has ended.
  if (kind === 'people' || kind === 'partners') return [imported];
  return [
    imported,
    {
      name: `import ${kind} --remove`,
      before: async (site) => {
        write(site);
        return await site.tierlink(argv(site));
      },
      argv: (site) => [...argv(site), '--remove'],
    },
  ];
});

/** The partners of a file whose contract ends, as the file of a later day says. */
const endings: Story = {
  name: 'import partners, an end of their contract',
  before: async (site) => {
    writeFileSync(join(site.folder, 'killed.csv'), tables.partners!(''));
    await site.tierlink(['import', 'partners', join(site.folder, 'killed.csv')]);
    const ended = tables.partners!('').replace('active', 'terminated');
    writeFileSync(join(site.folder, 'killed.csv'), ended);
  },
  argv: ({ folder }) => ['import', 'partners', join(folder, 'killed.csv')],
};

/** The connection is at another org than the one that it was pinned to. */
async function moveOrg({ store }: Site): Promise<void> {
  await store.query(`update tierlink.connection set pinned_org_id = 'another'`);
}

const settings: readonly Story[] = [
  { name: 'plan approve', argv: ({ plan }) => ['plan', 'approve', plan, ...why] },
  { name: 'connect --write-back', argv: () => ['connect', '--write-back', 'on'] },
  { name: 'connect --tiers', argv: () => ['connect', '--tiers', 'shadow'] },
  { name: 'connect --relink', before: moveOrg, argv: () => ['connect', '--relink', 'demo'] },
  {
    name: 'check',
    before: ({ store }) => store.query(`update tierlink.connection set org_name = null, checked_at = null`),
    argv: () => ['check'],
  },
  {
    name: 'alerts list',
    before: ({ store }) => store.query(`update tierlink.connection set state = 'action_required'`),
    argv: () => ['alerts', 'list'],
  },
  {
    name: 'alerts ack',
    before: async ({ store, tierlink }) => {
      await store.query(`update tierlink.connection set state = 'action_required'`);
      return await tierlink(['alerts', 'list']);
    },
    argv: () => ['alerts', 'ack', 'connection:demo', ...why],
  },
];

export const stories: readonly Story[] = [...decisions, ...corrections, ...imports, endings, ...settings];
