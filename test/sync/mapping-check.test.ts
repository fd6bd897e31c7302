import { describe, expect, it } from '@jest/globals';
import type { ObjectDescription } from '../../src/sync/crm-description.ts';
import { checkMappings } from '../../src/sync/mapping/check.ts';
import { describeRelated } from '../../src/sync/mapping/check-paths.ts';
import { type ObjectMapping, objectMappingSchema } from '../../src/sync/mapping/schema.ts';
import { describedField } from '../services/described-field.ts';

const choices = (values: Record<string, boolean>) =>
  Object.entries(values).map(([value, active]) => ({ value, label: `${value} label`, active }));

const account: ObjectDescription = {
  name: 'Account',
  label: 'Account',
  tracksChanges: true,
  createable: true,
  updateable: true,
  recordTypes: [
    { id: '1', developerName: 'Partner', label: 'Partner', active: true },
    { id: '2', developerName: 'Old', label: 'Old', active: false },
  ],
  fields: [
    describedField('Name', { required: true }),
    describedField('Website'),
    describedField('OurId', { key: true, unique: true }),
    describedField('PlainText'),
    describedField('Started', { type: 'date' }),
    describedField('StartedAt', { type: 'instant' }),
    describedField('Score', { type: 'decimal', calculated: true, updateable: false }),
    describedField('Phone', { updateable: false, createable: false }),
    describedField('Kind', {
      type: 'choice',
      values: choices({ Reseller: true, Distributor: true, Legacy: false }),
    }),
    describedField('Tier', {
      type: 'choice',
      restricted: true,
      values: choices({ Bronze: true, Silver: true, Gold: false }),
    }),
    describedField('Long', { type: 'longText', filterable: false }),
    describedField('Parent', { type: 'reference', references: ['Account'] }),
    describedField('Owner', { type: 'reference', references: ['User'] }),
    describedField('Shape', { type: 'other' }),
    describedField('Amount', { type: 'money' }),
  ],
};

function mapping(more: Record<string, unknown>): ObjectMapping {
  const contents = { object: 'Account', entity: 'partner', attributes: {}, ...more };
  return { ...objectMappingSchema.parse(contents), name: 'm', file: 'm.yaml' };
}

function check(more: Record<string, unknown>, descriptions = [account]) {
  return checkMappings([mapping(more)], descriptions, {
    tiers: ['Bronze', 'Silver', 'Gold', 'Platinum'],
    related: [{ ...account, name: 'User', fields: [describedField('Name')] }],
  });
}

const attribute = (name: string, spec: Record<string, unknown>) => ({ attributes: { [name]: spec } });

describe('a mapping against the CRM', () => {
  it('that fits has no findings', () => {
    expect(
      check({
        scope: { recordTypes: ['Partner'], where: { Kind: ['Reseller'] } },
        key: 'OurId',
        attributes: {
          name: { field: 'Name', direction: 'in' },
          startedOn: { field: 'Started', direction: 'both' },
          parent: { field: 'Parent', direction: 'in' },
          owner: { field: 'Owner.Name', direction: 'in' },
          'extra.amount': { field: 'Amount', direction: 'in', type: 'money' },
        },
      }),
    ).toEqual([]);
  });

  const wrong: [
    string,
    Record<string, unknown>,
    { level: string; code: string; path: string; message: string },
  ][] = [
    [
      'a field that is misspelt',
      attribute('website', { field: 'Webstie', direction: 'in' }),
      {
        level: 'warn',
        code: 'FIELD_MISSING',
        path: 'attributes.website.field',
        message: 'did you mean "Website"?',
      },
    ],
    [
      'a field that is missing where it is needed',
      attribute('name', { field: 'Nme', direction: 'in', required: true }),
      {
        level: 'error',
        code: 'FIELD_MISSING',
        path: 'attributes.name.field',
        message: 'did you mean "Name"?',
      },
    ],
    [
      'an instant where a day is wanted',
      attribute('startedOn', { field: 'StartedAt', direction: 'in' }),
      {
        level: 'error',
        code: 'FIELD_TYPE',
        path: 'attributes.startedOn.field',
        message: 'is a field of type instant',
      },
    ],
    [
      'a text where a lookup is wanted',
      attribute('parent', { field: 'Website', direction: 'in' }),
      {
        level: 'error',
        code: 'FIELD_TYPE',
        path: 'attributes.parent.field',
        message: 'is a field of type text',
      },
    ],
    [
      'a field that the user cannot write',
      attribute('phone', { field: 'Phone', direction: 'both' }),
      {
        level: 'error',
        code: 'FIELD_READONLY',
        path: 'attributes.phone.direction',
        message: 'cannot be written',
      },
    ],
    [
      'a computed field that is sent',
      attribute('extra.score', { field: 'Score', direction: 'out', type: 'decimal' }),
      {
        level: 'error',
        code: 'FIELD_READONLY',
        path: 'attributes.extra.score.direction',
        message: 'is computed',
      },
    ],
    [
      'a computed field that is read',
      attribute('extra.score', { field: 'Score', direction: 'in', type: 'decimal' }),
      {
        level: 'warn',
        code: 'FIELD_CALCULATED',
        path: 'attributes.extra.score.field',
        message: 'does not mark the record',
      },
    ],
    [
      'a lookup into something that is not mapped',
      attribute('parent', { field: 'Owner', direction: 'in' }),
      { level: 'warn', code: 'LOOKUP_TARGET', path: 'attributes.parent.field', message: 'points to User' },
    ],
    [
      'a lookup that does not point to the named object',
      attribute('parent', {
        field: 'Owner',
        direction: 'in',
        transform: { kind: 'reference', object: 'Account' },
      }),
      {
        level: 'error',
        code: 'LOOKUP_TARGET',
        path: 'attributes.parent.transform.object',
        message: 'does not point to Account',
      },
    ],
    [
      'a field of unknown type',
      attribute('industry', { field: 'Shape', direction: 'in' }),
      {
        level: 'question',
        code: 'NOT_CHECKED',
        path: 'attributes.industry.field',
        message: 'is not known here',
      },
    ],
    [
      'a record type that does not exist',
      { scope: { recordTypes: ['Partnr'] } },
      {
        level: 'error',
        code: 'RECORD_TYPE_MISSING',
        path: 'scope.recordTypes[0]',
        message: 'did you mean "Partner"?',
      },
    ],
    [
      'a record type that is not active',
      { scope: { recordTypes: ['Old'] } },
      { level: 'error', code: 'RECORD_TYPE_MISSING', path: 'scope.recordTypes[0]', message: 'is not active' },
    ],
    [
      'a scope by a field that cannot be filtered',
      { scope: { where: { Long: ['x'] } } },
      {
        level: 'error',
        code: 'FIELD_NOT_FILTERABLE',
        path: 'scope.where.Long',
        message: 'cannot filter by Long',
      },
    ],
    [
      'a key that is not unique',
      { key: 'PlainText' },
      { level: 'warn', code: 'KEY_UNUSABLE', path: 'key', message: 'neither an external id nor unique' },
    ],
    [
      'a currency field that the org does not have',
      attribute('extra.amount', {
        field: 'Amount',
        direction: 'in',
        type: 'money',
        transform: { kind: 'money', currencyField: 'CurrencyIsoCode' },
      }),
      {
        level: 'warn',
        code: 'CURRENCY_FIELD_MISSING',
        path: 'attributes.extra.amount.transform.currencyField',
        message: 'main currency of the org',
      },
    ],
    [
      'a field that would stand in and does not exist',
      attribute('website', { field: 'Website', otherwise: 'Webstie', direction: 'in' }),
      {
        level: 'warn',
        code: 'FIELD_MISSING',
        path: 'attributes.website.otherwise',
        message: 'did you mean "Website"?',
      },
    ],
    [
      'a field that would stand in and is of another type',
      attribute('startedOn', { field: 'Started', otherwise: 'Amount', direction: 'in' }),
      { level: 'error', code: 'FIELD_TYPE', path: 'attributes.startedOn.otherwise', message: 'type money' },
    ],
    [
      'a currency behind a lookup that leads elsewhere',
      attribute('extra.amount', {
        field: 'Amount',
        direction: 'in',
        type: 'money',
        transform: { kind: 'money', currencyField: 'Owner.Currency' },
      }),
      {
        level: 'warn',
        code: 'FIELD_MISSING',
        path: 'attributes.extra.amount.transform.currencyField',
        message: 'Currency does not exist on User',
      },
    ],
  ];

  it.each(wrong)('%s', (_what, more, expected) => {
    const findings = check(more);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      level: expected.level,
      code: expected.code,
      path: expected.path,
      message: expect.stringContaining(expected.message),
      fix: expect.stringMatching(/\.$/),
    });
  });

  it('an object that does not exist is an error unless it is optional', () => {
    expect(check({ object: 'Acount' })).toMatchObject([
      {
        level: 'error',
        code: 'OBJECT_MISSING',
        path: 'object',
        message: expect.stringContaining('did you mean "Account"?'),
      },
    ]);
    expect(check({ object: 'Acount', optional: true })).toEqual([]);
  });

  it('values of a map that the CRM does not offer or that are not mapped', () => {
    const found = check(
      attribute('types', {
        field: 'Kind',
        direction: 'in',
        transform: { kind: 'values', map: { Reseler: 'reseller', Legacy: 'old', 'Distributor label': 'd' } },
      }),
    );
    expect(found.map(({ level, code, message }) => [level, code, message])).toEqual([
      ['warn', 'VALUE_MISSING', '"Reseler" is not among the values of Kind; did you mean "Reseller"?'],
      ['warn', 'VALUE_INACTIVE', '"Legacy" of Kind is not active in the CRM'],
      [
        'warn',
        'VALUE_MISSING',
        '"Distributor label" is not among the values of Kind; did you mean "Distributor"?',
      ],
      [
        'warn',
        'VALUE_UNMAPPED',
        'Kind also offers Reseller, Distributor; records with these are reported as invalid',
      ],
    ]);
  });

  it('values of a map that are sent, more than those that are only read', () => {
    const map = { Nobody: 'first', Bronze: 'first', Silver: 'second', Former: 'second' };
    const found = check(
      attribute('types', { field: 'Tier', direction: 'both', transform: { kind: 'values', map } }),
    );
    expect(found.map(({ level, code, message }) => [level, code, message.split(' ')[0]])).toEqual([
      ['error', 'VALUE_MISSING', '"Nobody"'],
      ['warn', 'VALUE_MISSING', '"Former"'],
    ]);
  });

  it('tiers that the CRM would refuse', () => {
    const found = check(attribute('tier', { field: 'Tier', direction: 'out' }));
    expect(found.map(({ level, code }) => [level, code])).toEqual([
      ['error', 'VALUE_INACTIVE'],
      ['error', 'VALUE_MISSING'],
    ]);
  });

  it('records that cannot be created for want of a required field or of permission', () => {
    const [kpi, ...rest] = [
      {
        ...account,
        name: 'Period',
        createable: false,
        fields: [describedField('Must', { required: true }), describedField('OurId', { key: true })],
      },
    ];
    const found = check({ object: 'Period', entity: 'kpiPeriod', create: true, key: 'OurId' }, [
      kpi!,
      ...rest,
    ]);
    expect(found.map(({ code }) => code)).toEqual(['OBJECT_NOT_WRITABLE', 'FIELD_REQUIRED']);
  });

  it('a credit whose field is no lookup', () => {
    const found = check({ entity: 'deal', credits: [{ field: 'Website' }, { field: 'Nothing' }] });
    expect(found.map(({ code, path }) => [code, path])).toEqual([
      ['FIELD_TYPE', 'credits[0].field'],
      ['FIELD_MISSING', 'credits[1].field'],
    ]);
  });
});

describe('a field that is read through a lookup', () => {
  const user: ObjectDescription = {
    ...account,
    name: 'User',
    fields: [describedField('Alias'), describedField('Name')],
  };
  const type: ObjectDescription = { ...account, name: 'Type', fields: [describedField('DeveloperName')] };
  const contact: ObjectDescription = {
    ...account,
    name: 'Contact',
    fields: [
      describedField('Name'),
      describedField('AccountId', { type: 'reference', references: ['Account'], relationship: 'Account' }),
    ],
  };
  const org = [
    {
      ...account,
      fields: [
        ...account.fields,
        describedField('TypeId', { type: 'reference', references: ['Type'], relationship: 'Type' }),
      ],
    },
    user,
    type,
    contact,
  ];
  const person = (path: string, direction = 'in', where = 'Account.Type.DeveloperName'): ObjectMapping => ({
    ...objectMappingSchema.parse({
      object: 'Contact',
      entity: 'person',
      scope: { where: { [where]: ['Partner'] } },
      attributes: { name: { field: path, direction } },
    }),
    name: 'person',
    file: 'person.yaml',
  });
  const asked: string[][] = [];
  const connector = {
    describe: async (objects: readonly string[]) => {
      asked.push([...objects]);
      return org.filter(({ name }) => objects.includes(name));
    },
  };
  const findingsOf = async (mapping: ObjectMapping) => {
    const related = await describeRelated(connector, [mapping], [contact]);
    return checkMappings([mapping], [contact], { related });
  };

  it('may credit a partner, by a way that leads there', async () => {
    const by = (path: string) =>
      findingsOf({
        ...objectMappingSchema.parse({
          object: 'Contact',
          entity: 'deal',
          credits: [{ field: path }],
          attributes: {},
        }),
        name: 'deal',
        file: 'deal.yaml',
      });
    expect(await by('Account.TypeId')).toEqual([]);
    expect(await by('Account.Partner')).toMatchObject([
      { level: 'error', code: 'FIELD_MISSING', path: 'credits[0].field' },
    ]);
  });

  it('is followed to its end, asking about each object on the way once', async () => {
    asked.length = 0;
    expect(await findingsOf(person('Account.Owner.Name'))).toEqual([]);
    expect(asked.flat().sort()).toEqual(['Account', 'Type', 'User']);
  });

  it('is reported where a step leads nowhere, with the nearest name', async () => {
    expect(await findingsOf(person('Acount.Owner.Name'))).toMatchObject([
      {
        level: 'warn',
        code: 'FIELD_MISSING',
        message: expect.stringMatching(/Acount leads nowhere from Contact.*Account/s),
      },
    ]);
  });

  it('is reported where the last field is missing, in a scope as an error', async () => {
    expect(await findingsOf(person('Account.Owner.Nmae'))).toMatchObject([
      {
        level: 'warn',
        code: 'FIELD_MISSING',
        message: expect.stringContaining('Nmae does not exist on User'),
      },
    ]);
    expect(await findingsOf(person('Name', 'in', 'Account.Type.Developer'))).toMatchObject([
      { level: 'error', code: 'FIELD_MISSING', path: expect.stringContaining('where') },
    ]);
  });

  it('is a question where the user may not look at the object', async () => {
    const blind = checkMappings([person('Account.Owner.Name')], [contact], { related: [org[0]!, type] });
    expect(blind).toMatchObject([{ level: 'question', code: 'NOT_CHECKED' }]);
  });
});
