import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DeployProblem, type SolutionFile } from '../../../../connectors/dynamics/simulator/deploy/files.ts';
import { deploySolution } from '../../../../connectors/dynamics/simulator/deploy/solution.ts';
import { createOrg, type Org } from '../../../../connectors/dynamics/simulator/org.ts';
import {
  attribute,
  extended,
  key,
  ownTable,
  publisher,
  relationship,
  role,
  roleId,
  solution,
  text,
} from './solution-files.ts';

const choice =
  '<AppDefaultValue>857430001</AppDefaultValue><optionset Name="x"><options><option value="857430000"><labels><label description="Gold" languagecode="1033" /></labels></option><option value="857430001"><labels><label description="Silver" languagecode="1033" /></labels></option></options></optionset>';
const date = (format: string, behavior: number) =>
  `<Format>${format}</Format><Behavior>${behavior}</Behavior>`;
const account = extended(
  'Account',
  text('nw_Key') + attribute('nw_Tier', 'picklist', choice),
  key('nw_KeyKey', 'nw_key'),
);
const thing = ownTable('nw_Thing', {
  attributes: attribute('nw_AccountId', 'lookup') + attribute('nw_Day', 'datetime', date('date', 2)),
});
const toAccount = relationship('nw_account_thing', ['nw_Thing', 'nw_AccountId', 'Account']);
const readsThings = role(['prvReadAccount:Global', 'prvReadnw_thing:Global', 'prvWritenw_Thing:Global']);
const whole = [account, thing, toAccount, readsThings];

const columnsOf = (org: Org, table: string) =>
  [...org.table(table).columns.values()].filter(({ custom }) => custom);

describe('importing a solution', () => {
  it('brings tables, columns, keys, relationships and roles', () => {
    const org = createOrg();
    expect(deploySolution(org, solution(whole))).toEqual({
      solution: 'Northwind',
      tables: ['account', 'nw_thing'],
      columns: [
        'account.nw_key',
        'account.nw_tier',
        'nw_thing.nw_thingid',
        'nw_thing.nw_name',
        'nw_thing.nw_accountid',
        'nw_thing.nw_day',
      ],
      keys: ['nw_KeyKey'],
      relationships: ['nw_account_thing'],
      roles: ['Sync'],
      ignored: [],
    });
    const [id = ''] = org.create('account', [{ name: 'A', nw_key: 'k' }]);
    org.create('nw_thing', [
      { nw_name: 'T', nw_day: '2026-02-03', 'nw_AccountId@odata.bind': "accounts(nw_key='K')" },
    ]);
    expect(org.dump('nw_thing')).toMatchObject([{ nw_accountid: id, nw_day: '2026-02-03' }]);
    expect(org.get('account', id)?.nw_tier).toBe(857_430_001);
    expect(() => org.create('account', [{ name: 'B', nw_key: 'k' }])).toThrow(
      'Entity Key nw_KeyKey violated',
    );
    expect(() => org.create('account', [{ name: 'B', nw_tier: 1 }])).toThrow(
      'Accepted Values: 857430000,857430001',
    );
    expect(org.table('nw_thing')).toMatchObject({ entitySet: 'nw_things', changeTracking: true });
  });

  it('reads a folder, in which the solution may lie deeper, and passes over forms', () => {
    const folder = mkdtempSync(join(tmpdir(), 'solution-'));
    const form = { path: 'Entities/nw_Thing/FormXml/main/{1}.xml', text: '<forms />' };
    for (const file of [...solution(whole), form]) {
      const path = join(folder, 'src', file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.text);
    }
    const deployed = deploySolution(createOrg(), folder);
    expect(deployed.tables).toEqual(['account', 'nw_thing']);
    expect(deployed.ignored).toEqual([form.path]);
  });

  it('gives its role to the users named, beside those that they have', () => {
    const org = createOrg();
    const before = org.addRole('Leads', { prvReadLead: 'Basic' });
    const user = org.addUser({ fullName: 'Ann App', roles: [before] });
    expect(org.as(user).depth('Read', org.table('account'))).toBe('None');
    deploySolution(org, solution(whole), { assignTo: [user] });
    expect(org.as(user).privileges()).toEqual(
      new Map([
        ['prvReadLead', 'Basic'],
        ['prvReadAccount', 'Global'],
        ['prvReadnw_Thing', 'Global'],
        ['prvWritenw_Thing', 'Global'],
      ]),
    );
  });

  it('can be done again, adds what is new and takes away privileges that are gone', () => {
    const org = createOrg();
    const user = org.addUser({ fullName: 'Ann App' });
    deploySolution(org, solution(whole), { assignTo: [user] });
    org.create('nw_thing', [{ nw_name: 'T' }]);
    const more = extended(
      'Account',
      text('nw_Key').replace('40', '80') + text('nw_Other'),
      key('nw_KeyKey', 'nw_key'),
    );
    deploySolution(org, solution([more, thing, toAccount, role(['prvReadAccount:Global'])]));
    expect(org.table('account').columns.get('nw_key')?.maxLength).toBe(80);
    expect(columnsOf(org, 'account').map(({ logicalName }) => logicalName)).toEqual([
      'nw_key',
      'nw_tier',
      'nw_other',
    ]);
    expect(org.table('account').keys).toHaveLength(1);
    expect(org.dump('nw_thing')).toHaveLength(1);
    expect([...org.as(user).privileges().keys()]).toEqual(['prvReadAccount']);
    expect(org.dump('role').filter(({ roleid }) => roleid === roleId)).toHaveLength(1);
  });

  it('builds no key over rows that are alike', () => {
    const org = createOrg();
    org.create('account', [
      { name: 'A', accountnumber: '1' },
      { name: 'B', accountnumber: '1' },
    ]);
    deploySolution(org, solution([extended('Account', '', key('nw_NumberKey', 'accountnumber'))]));
    expect(org.table('account').keys).toMatchObject([{ status: 'Failed' }]);
  });
});

const refusals: [string, SolutionFile[], RegExp][] = [
  ['a solution without a manifest', [account], /Other\/Solution\.xml: Cannot find required file/],
  [
    'a solution without customizations',
    solution([]).filter(({ path }) => !path.includes('Customizations')),
    /Other\/Customizations\.xml: Cannot find required file/,
  ],
  [
    'a solution without a publisher',
    solution([], { publisher: '' }),
    /Solution\.xml: The solution has no Publisher/,
  ],
  ['a prefix that is none', solution([], { publisher: publisher('n', '85743') }), /CustomizationPrefix 'n'/],
  [
    'a prefix of the platform',
    solution([], { publisher: publisher('mscrmx', '85743') }),
    /CustomizationPrefix/,
  ],
  [
    'an option range that is none',
    solution([], { publisher: publisher('nw', '99') }),
    /OptionValuePrefix '99'/,
  ],
  ['a version that is none', solution([], { version: '<Version>one</Version>' }), /The Version 'one'/],
  [
    'a column without the prefix',
    solution([extended('Account', text('new_Key'))]),
    /Account\/Entity\.xml: The name new_Key does not start with the customization prefix 'nw'/,
  ],
  ['a table without the prefix', solution([ownTable('new_Thing')]), /The name new_Thing does not start/],
  [
    'a column of a table that is not there',
    solution([extended('nw_Nothing', text('nw_Key'))]),
    /name = 'nw_nothing' was not found/,
  ],
  [
    'a column twice',
    solution([extended('Account', text('nw_Key') + text('nw_KEY'))]),
    /name nw_key already exists/,
  ],
  [
    'a type that does not exist',
    solution([extended('Account', attribute('nw_X', 'blob'))]),
    /the type 'blob' is not valid/,
  ],
  [
    'a text without a length',
    solution([extended('Account', attribute('nw_X', 'nvarchar'))]),
    /MaxLength '' is not valid/,
  ],
  [
    'a date of no format',
    solution([extended('Account', attribute('nw_X', 'datetime', date('DateOnly', 2)))]),
    /format DateOnly is not valid for the datetime type column/,
  ],
  ['a choice without options', solution([extended('Account', attribute('nw_X', 'picklist'))]), /nw_X/],
  [
    'a lookup that leads nowhere',
    solution([extended('Account', attribute('nw_X', 'lookup'))]),
    /The lookup nw_X has no relationship/,
  ],
  [
    'a lookup to a table that is not there',
    solution([
      extended('Account', attribute('nw_X', 'lookup')),
      relationship('nw_x', ['Account', 'nw_X', 'nw_Nothing']),
    ]),
    /Relationships\/nw_Nothing\.xml: Relationship nw_x: The entity with a name = 'nw_nothing' was not found/,
  ],
  [
    'a relationship without its lookup',
    solution([relationship('nw_x', ['Account', 'nw_X', 'Contact'])]),
    /account has no lookup nw_x/,
  ],
  [
    'a table that is no root component',
    solution([thing, toAccount], { roots: '' }),
    /The entity nw_Thing is no root component/,
  ],
  [
    'a root component without its file',
    solution([], { roots: '<RootComponent type="1" schemaName="account" behavior="2" />' }),
    /account is a root component, and its Entity\.xml is missing/,
  ],
  [
    'a table without a name',
    solution([{ ...ownTable('nw_Thing'), text: ownTable('nw_Thing').text.replace('PrimaryName', 'Other') }]),
    /needs one attribute as its primary name/,
  ],
  [
    'an ownership that does not exist',
    solution([ownTable('nw_Thing', { ownership: 'Nobody' })]),
    /OwnershipTypeMask 'Nobody'/,
  ],
  [
    'a key of nothing',
    solution([extended('Account', '', key('nw_K', 'nw_key'))]),
    /names the attribute nw_key, which does not exist/,
  ],
  [
    'a privilege that does not exist',
    solution([role(['prvReadNothing:Global'])]),
    /Roles\/Sync\.xml: Privilege with name prvReadNothing is not found/,
  ],
  [
    'a privilege that its table does not have',
    solution([thing, toAccount, account, role(['prvAssignnw_Thing:Global'])]),
    /prvAssignnw_Thing is not found/,
  ],
  [
    'a level that the table does not have',
    solution([thing, toAccount, account, role(['prvReadnw_Thing:Basic'])]),
    /cannot be granted at the level Basic/,
  ],
  [
    'a level that does not exist',
    solution([role(['prvReadAccount:Everything'])]),
    /the level 'Everything' is not valid/,
  ],
  ['text that is no XML', solution([{ ...account, text: '<Entity>' }]), /Account\/Entity\.xml: /],
  [
    'another root element',
    solution([{ ...account, text: '<Entities />' }]),
    /The root element is <Entities>/,
  ],
];

describe('an import is refused, and keeps nothing, for', () => {
  it.each(refusals)('%s', (_what, files, message) => {
    const org = createOrg();
    expect(() => deploySolution(org, files)).toThrow(message);
    expect(() => deploySolution(org, files)).toThrow(DeployProblem);
    expect(columnsOf(org, 'account')).toEqual([]);
    expect(org.schema.table('nw_thing')).toBeUndefined();
    expect(org.get('role', roleId)).toBeUndefined();
  });

  it('another type for a column, another owner for a table, another name for a key', () => {
    const org = createOrg();
    deploySolution(org, solution(whole));
    const changed = solution([
      extended('Account', attribute('nw_Key', 'int'), key('nw_Again', 'nw_key')),
      ownTable('nw_Thing', { ownership: 'UserOwned' }),
    ]);
    expect(() => deploySolution(org, changed)).toThrow(
      /type of nw_Key cannot change from String to Integer.*nw_KeyKey has the attributes of nw_Again.*ownership of nw_Thing cannot change/s,
    );
  });
});
