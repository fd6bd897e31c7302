import { describe, expect, it } from '@jest/globals';
import {
  ODataSyntaxError,
  parseExpand,
  parseFilter,
  parseOrderBy,
  parseResource,
  parseSelect,
} from '../../../../connectors/dynamics/simulator/odata/parse.ts';

const path = (...steps: string[]) => ({ kind: 'path', steps });
const text = (value: string) => ({ kind: 'string', value });
const number = (value: string) => ({ kind: 'number', text: value });
const compare = (left: unknown, operator: string, right: unknown) => ({
  kind: 'compare',
  operator,
  left,
  right,
});

describe('OData in addresses', () => {
  it.each([
    ["name eq 'O''Neil'", compare(path('name'), 'eq', text("O'Neil"))],
    ['revenue ge -1000.50', compare(path('revenue'), 'ge', number('-1000.50'))],
    ['parentaccountid eq null', compare(path('parentaccountid'), 'eq', { kind: 'null' })],
    [
      '_primarycontactid_value eq 78914942-34CB-ed11-b596-0022481d68cd',
      compare(path('_primarycontactid_value'), 'eq', {
        kind: 'guid',
        value: '78914942-34cb-ed11-b596-0022481d68cd',
      }),
    ],
    ['closeon eq 2026-11-23', compare(path('closeon'), 'eq', { kind: 'date', value: '2026-11-23' })],
    [
      'createdon gt 2026-11-23T09:47:13+02:00',
      compare(path('createdon'), 'gt', { kind: 'instant', value: '2026-11-23T09:47:13+02:00' }),
    ],
    [
      'primarycontactid/fullname eq @p',
      compare(path('primarycontactid', 'fullname'), 'eq', { kind: 'alias', name: '@p' }),
    ],
    [
      "not contains(name,'x') or order eq 1",
      {
        kind: 'or',
        left: {
          kind: 'not',
          of: { kind: 'text', name: 'contains', subject: path('name'), value: text('x') },
        },
        right: compare(path('order'), 'eq', number('1')),
      },
    ],
    [
      "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a','b'])",
      {
        kind: 'function',
        name: 'Microsoft.Dynamics.CRM.In',
        parameters: {
          PropertyName: text('name'),
          PropertyValues: { kind: 'list', items: [text('a'), text('b')] },
        },
      },
    ],
    [
      "contact_customer_accounts/any(o:o/lastname eq 'A')",
      {
        kind: 'lambda',
        path: path('contact_customer_accounts'),
        quantifier: 'any',
        variable: 'o',
        of: compare(path('o', 'lastname'), 'eq', text('A')),
      },
    ],
    [
      "OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned'",
      compare(path('OwnershipType'), 'eq', {
        kind: 'enum',
        type: 'Microsoft.Dynamics.CRM.OwnershipTypes',
        member: 'UserOwned',
      }),
    ],
  ])('reads the condition %s', (filter, expected) => {
    expect(parseFilter(filter)).toEqual(expected);
  });

  it('binds and closer than or', () => {
    expect(parseFilter('a eq 1 or b eq 2 and c eq 3')).toMatchObject({
      kind: 'or',
      right: { kind: 'and', left: { left: path('b') } },
    });
  });

  it.each([
    ["name eqq 'x'", 5],
    ["name eq 'x", 10],
    ['a eq 1and b eq 2', 7],
    ['', 0],
    ['name', 4],
  ])('says where the condition %p breaks off', (filter, position) => {
    expect(() => parseFilter(filter)).toThrow(ODataSyntaxError);
    try {
      parseFilter(filter);
    } catch (error) {
      expect((error as ODataSyntaxError).position).toBe(position);
    }
  });

  it('reads what an expansion asks for, its own expansions included', () => {
    expect(
      parseExpand(
        "primarycontactid($select=fullname;$expand=owner($filter=name eq 'a;)';$top=5)),leads/$ref",
      ),
    ).toEqual([
      {
        path: path('primarycontactid'),
        isReference: false,
        options: {
          select: ['fullname'],
          expand: [
            {
              path: path('owner'),
              isReference: false,
              options: { filter: compare(path('name'), 'eq', text('a;)')), top: 5 },
            },
          ],
        },
      },
      { path: path('leads'), isReference: true, options: {} },
    ]);
  });

  it('reads orders and selections', () => {
    expect(parseOrderBy('name desc,createdon')).toEqual([
      { path: path('name'), descending: true },
      { path: path('createdon'), descending: false },
    ]);
    expect(parseSelect('name, _ownerid_value')).toEqual(['name', '_ownerid_value']);
  });

  it.each([
    ['accounts', [{ name: 'accounts', arguments: null }]],
    [
      'accounts/$count',
      [
        { name: 'accounts', arguments: null },
        { name: '$count', arguments: null },
      ],
    ],
    ['WhoAmI()', [{ name: 'WhoAmI', arguments: {} }]],
    [
      "accounts(accountnumber='A-1',region=2)/name",
      [
        { name: 'accounts', arguments: { accountnumber: text('A-1'), region: number('2') } },
        { name: 'name', arguments: null },
      ],
    ],
    [
      'leads(78914942-34cb-ed11-b596-0022481d68cd)/Microsoft.Dynamics.CRM.QualifyLead',
      [
        { name: 'leads', arguments: { '': { kind: 'guid', value: '78914942-34cb-ed11-b596-0022481d68cd' } } },
        { name: 'Microsoft.Dynamics.CRM.QualifyLead', arguments: null },
      ],
    ],
    [
      '$1/name',
      [
        { name: '$1', arguments: null },
        { name: 'name', arguments: null },
      ],
    ],
  ])('reads the path %s', (address, expected) => {
    expect(parseResource(address)).toEqual(expected);
  });
});
