import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rolePrivileges } from '../../../connectors/dynamics/provision/role.ts';
import { source } from '../../../connectors/dynamics/provision.ts';
import { privilegeName, verbs } from '../../../connectors/dynamics/simulator/access.ts';
import { deploySolution } from '../../../connectors/dynamics/simulator/deploy/solution.ts';
import { loadMetadata } from '../../../connectors/dynamics/simulator/metadata-load.ts';
import { createOrg, type Org } from '../../../connectors/dynamics/simulator/org.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import { planMapping } from '../../../src/sync/mapping/plan.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { type SignedIn, startSignedIn } from './simulator/client.ts';

const mappings = loadMappings(fromPackageRoot('mappings', 'dynamics'));
/** The columns of a company's own solution, which the shipped mappings name. */
const sampleMetadata = fromPackageRoot('connectors/dynamics/simulator/metadata/sample');
const request = { mappings, kpis: [], tiers: ['Registered', 'Silver', 'Gold'] };
const generated = await source(request);
const textOf = (end: string, files = generated): string =>
  files.find(({ path }) => path.endsWith(end))?.text ?? '';
const only = (name: string, more: Record<string, unknown> = {}): ObjectMapping => ({
  ...mappings.find((mapping) => mapping.name === name)!,
  ...more,
});

describe('the generated solution', () => {
  it('is the same every time', async () => {
    expect(await source(request)).toEqual(generated);
  });

  it('is laid out as the packager expects it', () => {
    expect(generated.map(({ path }) => path)).toEqual([
      'solution/Other/Solution.xml',
      'solution/Other/Customizations.xml',
      'solution/Other/Relationships.xml',
      'solution/Other/Relationships/Account.xml',
      'solution/Entities/Account/Entity.xml',
      'solution/Entities/tierlink_connectionstatus/Entity.xml',
      'solution/Entities/tierlink_decision/Entity.xml',
      'solution/Entities/tierlink_kpiperiod/Entity.xml',
      'solution/Entities/tierlink_membership/Entity.xml',
      'solution/Roles/Tierlink Integration.xml',
    ]);
  });

  it('takes the whole of its own tables and only what it adds to those that are there', () => {
    const roots = [...textOf('Other/Solution.xml').matchAll(/<RootComponent type="1" (.*) \/>/g)];
    expect(roots.map(([, attributes]) => attributes)).toEqual([
      'schemaName="account" behavior="2"',
      'schemaName="tierlink_connectionstatus" behavior="0"',
      'schemaName="tierlink_decision" behavior="0"',
      'schemaName="tierlink_kpiperiod" behavior="0"',
      'schemaName="tierlink_membership" behavior="0"',
    ]);
    expect(textOf('Account/Entity.xml')).toContain('<entity Name="Account" unmodified="1">');
    expect(textOf('Account/Entity.xml')).not.toMatch(/PhysicalName="(?!tierlink_)/);
  });

  it('escapes what people wrote', async () => {
    const [tier] = [only('partner').attributes.tier!];
    const partner = only('partner', {
      attributes: { tier: { ...tier, install: { type: 'text', label: 'A & <B> "C"' } } },
    });
    const files = await source({ mappings: [partner], kpis: [], tiers: [] });
    expect(textOf('Account/Entity.xml', files)).toContain('description="A &amp; &lt;B&gt; &quot;C&quot;"');
  });

  it('leaves out what does not bear its prefix, which another solution has to bring', async () => {
    const partner = only('partner', {
      key: 'accountnumber',
      attributes: { tier: { ...only('partner').attributes.tier!, field: 'nw_tier' } },
    });
    const files = await source({ mappings: [partner], kpis: [], tiers: [] });
    expect(files.filter(({ path }) => path.includes('/Entities/'))).toEqual([]);
  });
});

describe('columns of the generated solution', () => {
  let org: Org;
  beforeAll(() => {
    org = createOrg();
    loadMetadata(org.schema, sampleMetadata);
    deploySolution(org, generated);
  });

  it('are all that the mappings install', () => {
    for (const mapping of mappings) {
      const columns = org.table(mapping.object).columns;
      const wanted = Object.values(mapping.attributes).filter(({ install }) => install !== undefined);
      for (const { field } of wanted) expect(columns.get(field)?.custom).toBe(true);
    }
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['account', 'tierlink_tier', { type: 'String', maxLength: 80 }],
    ['account', 'tierlink_tiersince', { type: 'DateTime', dateBehavior: 'DateOnly', dateFormat: 'DateOnly' }],
    ['account', 'tierlink_externalid', { type: 'String', maxLength: 40 }],
    [
      'tierlink_decision',
      'tierlink_decidedat',
      { type: 'DateTime', dateBehavior: 'UserLocal', dateFormat: 'DateAndTime' },
    ],
    ['tierlink_decision', 'tierlink_accountid', { type: 'Lookup', targets: ['account'] }],
    ['tierlink_decision', 'tierlink_name', { type: 'String', autoNumber: '{SEQNUM:7}' }],
    ['tierlink_kpiperiod', 'tierlink_sourcedrevenue', { type: 'Decimal', precision: 2 }],
    ['tierlink_kpiperiod', 'tierlink_certifiedpeople', { type: 'Integer' }],
    ['tierlink_connectionstatus', 'tierlink_name', { type: 'String', maxLength: 80, label: 'Connection' }],
  ])('%s.%s is as its mapping says', (table, name, expected) => {
    expect(org.table(table).columns.get(name)).toMatchObject(expected);
  });

  it('hold choices by the numbers that the mapping gives, under names for people', () => {
    const { map } = only('partner').attributes.tierStatus!.transform as { map: Record<string, string> };
    const options = org.table('account').columns.get('tierlink_tierstatus')!.options!;
    expect(options.map(({ value }) => String(value))).toEqual(Object.keys(map));
    expect(options.map(({ label }) => label)).toContain('At risk');
  });

  it('give every table that rows are created in its key and change tracking, owned by the organization', () => {
    const created = mappings.filter(({ create }) => create);
    expect(created).toHaveLength(4);
    for (const { object, key } of created) {
      expect(org.table(object)).toMatchObject({ changeTracking: true, ownership: 'OrganizationOwned' });
      expect(org.table(object).keys).toMatchObject([{ columns: [key], status: 'Active' }]);
    }
  });

  it('come in every type that a mapping can ask for', async () => {
    const types = {
      longText: { type: 'Memo', maxLength: 32_768 },
      checkbox: { type: 'Boolean', default: 0 },
      number: { type: 'Decimal', precision: 2 },
      money: { type: 'Money', precision: 2 },
      percent: { type: 'Decimal' },
      picklist: { type: 'Picklist', options: [{ value: 642_130_000, label: 'Registered' }, {}, {}] },
      lookup: { type: 'Lookup', targets: ['contact'] },
    } as const;
    const attributes = Object.fromEntries(
      Object.keys(types).map((type) => {
        const install = { type, label: type, to: 'contact', values: 'tiers' };
        const field = `tierlink_${type.toLowerCase()}`;
        return [`extra.${type}`, { field, direction: 'in', required: false, onBlank: 'clear', install }];
      }),
    );
    const partner = only('partner', { attributes });
    const fresh = createOrg();
    deploySolution(fresh, await source({ ...request, mappings: [partner as ObjectMapping] }));
    for (const [type, expected] of Object.entries(types))
      expect(fresh.table('account').columns.get(`tierlink_${type.toLowerCase()}`)).toMatchObject(expected);
  });

  it('of KPIs that only the program knows follow the program', async () => {
    const { install: _, ...spec } = only('kpi-period').attributes['kpi.winRate']!;
    const period = only('kpi-period', { attributes: { 'kpi.winRate': spec } });
    const kpis = [{ name: 'winRate', label: 'Win rate', kind: 'percent' as const, scale: 2 }];
    const fresh = createOrg();
    deploySolution(fresh, await source({ mappings: [period], kpis, tiers: [] }));
    expect(fresh.table('tierlink_kpiperiod').columns.get('tierlink_winrate')).toMatchObject({
      type: 'Decimal',
      precision: 2,
      label: 'Win rate',
    });
  });
});

describe('the privileges of a mapping', () => {
  const privilegesOf = (...changed: ObjectMapping[]) => {
    const none = new Set(rolePrivileges({ mappings: [], kpis: [], tiers: [] }));
    return rolePrivileges({ mappings: changed, kpis: [], tiers: [] }).filter((name) => !none.has(name));
  };
  const attribute = (more: Record<string, unknown>) => ({
    direction: 'in',
    required: false,
    onBlank: 'clear',
    ...more,
  });
  const partner = (attributes: Record<string, unknown>, more: Record<string, unknown> = {}) =>
    only('partner', { key: undefined, scope: {}, attributes, ...more });

  it.each<[string, ObjectMapping, string[]]>([
    ['that only reads', partner({ name: attribute({ field: 'name' }) }), ['prvReadAccount']],
    [
      'read through lookups, also for a condition',
      only('person', {
        attributes: {},
        scope: {
          where: { 'originatingleadid.statecode': [1] },
          filter:
            "Microsoft.Dynamics.CRM.In(PropertyName='parentcustomerid_account/name',PropertyValues=['A'])",
        },
      }),
      ['prvReadAccount', 'prvReadContact', 'prvReadLead'],
    ],
    [
      'that writes a lookup of the platform',
      partner({ parent: attribute({ field: 'parentaccountid', direction: 'both' }) }),
      ['prvAppendAccount', 'prvAppendToAccount', 'prvReadAccount', 'prvWriteAccount'],
    ],
    [
      'that writes a lookup to what another mapping brings in',
      partner({ parent: attribute({ field: 'nw_parentid', direction: 'both' }) }),
      ['prvAppendAccount', 'prvAppendToAccount', 'prvReadAccount', 'prvWriteAccount'],
    ],
    [
      'that writes a lookup to a record by its name',
      partner({
        tier: attribute({
          field: 'nw_levelid',
          direction: 'out',
          transform: {
            kind: 'named',
            object: 'nw_level',
            field: 'nw_name',
            where: { 'ownerid.fullname': ['x'] },
          },
        }),
      }),
      [
        'prvAppendAccount',
        'prvAppendTonw_level',
        'prvReadAccount',
        'prvReadTeam',
        'prvReadnw_level',
        'prvWriteAccount',
      ],
    ],
    [
      'that makes rows with amounts, each with its currency',
      only('deal', {
        object: 'opportunity',
        create: true,
        scope: {},
        credits: undefined,
        attributes: { amount: attribute({ field: 'estimatedvalue', direction: 'out' }) },
      }),
      [
        'prvAppendOpportunity',
        'prvAppendToTransactionCurrency',
        'prvCreateOpportunity',
        'prvReadOpportunity',
        'prvWriteOpportunity',
      ],
    ],
    [
      'that makes rows with an estimate, which is only read then',
      only('deal', {
        object: 'opportunity',
        create: true,
        scope: {},
        credits: undefined,
        attributes: {
          amount: attribute({
            field: 'estimatedvalue',
            direction: 'in',
            onCreate: { field: 'estimatedvalue', currency: 'transactioncurrency' },
            transform: { kind: 'money', currencyField: 'transactioncurrencyid.isocurrencycode' },
          }),
        },
      }),
      [
        'prvAppendOpportunity',
        'prvAppendToTransactionCurrency',
        'prvCreateOpportunity',
        'prvReadOpportunity',
      ],
    ],
    [
      'that says the currency of the amounts that it changes',
      only('deal', {
        object: 'opportunity',
        scope: {},
        credits: undefined,
        attributes: {
          amount: attribute({
            field: 'estimatedvalue',
            direction: 'both',
            transform: { kind: 'money', currencyField: 'transactioncurrencyid.isocurrencycode' },
          }),
        },
      }),
      ['prvAppendOpportunity', 'prvAppendToTransactionCurrency', 'prvReadOpportunity', 'prvWriteOpportunity'],
    ],
    [
      'with a filter that is none, which the platform will refuse',
      partner({}, { scope: { filter: 'name eq' } }),
      ['prvReadAccount'],
    ],
  ])('%s are the least that it takes', (_what, mapping, expected) => {
    expect(privilegesOf(mapping)).toEqual(expected);
  });
});

/** What the role of the shipped mappings may do, by table; nothing else in the environment. */
const granted: Readonly<Record<string, readonly string[]>> = {
  account: ['Read', 'Write', 'AppendTo'],
  contact: ['Read', 'Write'],
  lead: ['Read'],
  opportunity: ['Read'],
  incident: ['Read'],
  connection: ['Read'],
  connectionrole: ['Read'],
  nw_partnercertification: ['Read'],
  tierlink_decision: ['Create', 'Read', 'Write', 'Append'],
  tierlink_kpiperiod: ['Create', 'Read', 'Write', 'Append'],
  tierlink_membership: ['Create', 'Read', 'Write', 'Append'],
  tierlink_connectionstatus: ['Create', 'Read', 'Write'],
  organization: ['Read'],
  transactioncurrency: ['Read'],
  systemuser: ['Read'],
  usersettings: ['Read'],
  role: ['Read'],
};

describe('a user with nothing but the generated role', () => {
  let at: SignedIn;
  let as: Record<string, string>;
  let userId: string;
  const send = async (method: string, path: string, body?: unknown, headers = {}) =>
    await at.send(method, path, body, { ...as, ...headers });
  beforeAll(async () => {
    at = await startSignedIn();
    const { org, tokens } = at.simulator;
    loadMetadata(org.schema, sampleMetadata);
    userId = org.addUser({ fullName: 'Tierlink Integration', applicationId: 'tierlink' });
    deploySolution(org, generated, { assignTo: [userId] });
    as = { Authorization: `Bearer ${tokens.issue(userId)}` };
  });
  afterAll(async () => await at.close());

  it('may do what is granted by name and nothing else', () => {
    const { org } = at.simulator;
    const caller = org.as(userId);
    const has = [...org.schema.tables()].map((table) => [
      table.logicalName,
      verbs.filter((verb) => caller.depth(verb, table) !== 'None'),
    ]);
    expect(Object.fromEntries(has.filter(([, may]) => may!.length > 0))).toEqual(granted);
    const metadata = ['Entity', 'Attribute', 'Relationship', 'OptionSet', 'EntityKey'];
    const ofTables = Object.entries(granted).flatMap(([table, may]) =>
      verbs.filter((verb) => may.includes(verb)).map((verb) => privilegeName(verb, org.table(table))),
    );
    expect([...caller.privileges().keys()].sort()).toEqual(
      [...ofTables, ...metadata.map((what) => `prvRead${what}`)].sort(),
    );
    expect(new Set(caller.privileges().values())).toEqual(new Set(['Global']));
  });

  it.each(mappings.map((mapping) => [mapping.name, mapping] as const))(
    'reads every column of %s, in scope, and follows its changes',
    async (_name, mapping) => {
      const table = at.simulator.org.table(mapping.object);
      const { fields } = planMapping(mapping);
      const select = fields
        .filter((field) => !field.includes('.'))
        .map((field) => (table.columns.get(field)?.targets === undefined ? field : `_${field}_value`));
      const expand = fields
        .filter((field) => field.includes('.'))
        .map((field) => field.split('.'))
        .map(([step, column]) => `${step}($select=${column})`);
      const conditions = [
        ...Object.entries(mapping.scope.where ?? {}).map(
          ([column, values]) => `(${values.map((value) => `${column} eq ${value}`).join(' or ')})`,
        ),
        ...(mapping.scope.filter === undefined ? [] : [`(${mapping.scope.filter})`]),
      ];
      const query = [
        `$select=${select}`,
        ...(expand.length > 0 ? [`$expand=${expand}`] : []),
        ...(conditions.length === 0 ? [] : [`$filter=${encodeURIComponent(conditions.join(' and '))}`]),
      ].join('&');
      const answer = await send('GET', `${table.entitySet}?${query}`);
      expect([answer.status, answer.body.error]).toEqual([200, undefined]);
      const delta = await send('GET', `${table.entitySet}?$select=${select}`, undefined, {
        Prefer: 'odata.track-changes',
      });
      expect(delta.body['@odata.deltaLink']).toContain('$deltatoken=');
    },
  );

  it('writes the tier, and a decision by our id with its partner', async () => {
    const [account = ''] = at.simulator.org.create('account', [{ name: 'Litware', customertypecode: 5 }]);
    const tier = {
      tierlink_tier: 'Gold',
      tierlink_tiersince: '2026-01-01',
      tierlink_tierstatus: 642_130_002,
    };
    expect((await send('PATCH', `accounts(${account})`, tier, { 'If-Match': '*' })).status).toBe(204);
    const decision = { tierlink_totier: 'Gold', 'tierlink_accountid@odata.bind': `/accounts(${account})` };
    const path = "tierlink_decisions(tierlink_externalid='dec_1')";
    const made = await send('PATCH', path, decision, { Prefer: 'return=representation' });
    expect([made.status, made.body.tierlink_name]).toEqual([201, '0001000']);
    expect((await send('PATCH', path, decision)).status).toBe(204);
    expect(at.simulator.org.dump('tierlink_decision')).toHaveLength(1);
    expect(at.simulator.org.get('account', account)).toMatchObject(tier);
  });

  it('is refused what no mapping does', async () => {
    const { org } = at.simulator;
    const [account = ''] = org.create('account', [{ name: 'Fabrikam' }]);
    const [lead = ''] = org.create('lead', [{ subject: 'x' }]);
    const [contact = ''] = org.create('contact', [{ lastname: 'Doe' }]);
    const refused = [
      await send('POST', 'accounts', { name: 'New' }),
      await send('DELETE', `accounts(${account})`),
      await send('PATCH', `leads(${lead})`, { subject: 'y' }),
      await send('DELETE', "tierlink_decisions(tierlink_externalid='dec_1')"),
      // Contacts may be written, but nothing may be appended to them.
      await send('PATCH', `contacts(${contact})`, {
        'parentcustomerid_account@odata.bind': `/accounts(${account})`,
      }),
      await send('POST', 'EntityDefinitions', {}),
    ];
    expect(refused.map(({ status, body }) => [status, body.error.code])).toEqual(
      refused.map(() => [403, '0x80040220']),
    );
  });
});
