import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkedMapping } from '../../src/cli/mapping-lines.ts';
import { isTierlinkError } from '../../src/errors.ts';
import { type EntityName, entities } from '../../src/model/entities.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { keysAt } from '../../src/program/schema/keys.ts';
import type { CrmRecord } from '../../src/sync/connector.ts';
import { mappingJsonSchema } from '../../src/sync/mapping/json-schema.ts';
import { loadMappings, readMappings } from '../../src/sync/mapping/mapping.ts';
import { planMapping } from '../../src/sync/mapping/plan.ts';
import { readRecord } from '../../src/sync/pull/prepare.ts';

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'mappings-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const sound = `object: Account
entity: partner
attributes:
  name: { field: Name, direction: in, required: true }
`;

describe.each(['salesforce', 'dynamics'])('the shipped mappings of %s', (crm) => {
  const read = readMappings(fromPackageRoot('mappings', crm));

  it('load without a finding', () => {
    expect(read.findings).toEqual([]);
    expect(read.mappings.length).toBeGreaterThan(8);
  });

  it('name the schema in line 1 and keep to 80 lines', () => {
    for (const { file } of read.mappings) {
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      expect(lines[0]).toContain('mapping.schema.json');
      expect(lines.length).toBeLessThanOrEqual(80);
    }
  });

  it('bring in and write back every entity of the model', () => {
    const shipped = new Set(read.mappings.map(({ entity }) => entity));
    // Facts come from files; who is a member of a channel program has a place of the platform's own in Salesforce.
    const elsewhere = ['fact', ...(crm === 'salesforce' ? ['membership'] : [])];
    const wanted = Object.keys(entities).filter((entity) => !elsewhere.includes(entity));
    expect(wanted.filter((entity) => !shipped.has(entity as EntityName))).toEqual([]);
  });
});

describe('the schema file', () => {
  it('is current', () => {
    const written = JSON.parse(readFileSync(fromPackageRoot('mappings', 'mapping.schema.json'), 'utf8'));
    expect(written).toEqual(mappingJsonSchema());
  });
});

describe('a folder of mappings', () => {
  it('loads sorted by file name, with defaults filled in', () => {
    const path = folder({
      'b.yaml': sound.replace('partner', 'customer'),
      'a.yaml': sound,
      'note.txt': 'no',
    });
    const loaded = loadMappings(path);
    expect(loaded.map((mapping) => mapping.name)).toEqual(['a', 'b']);
    expect(loaded[0]).toMatchObject({
      file: join(path, 'a.yaml'),
      create: false,
      optional: false,
      scope: {},
      manners: { assignmentRules: false, allowDuplicates: false },
      attributes: { name: { onBlank: 'clear', required: true } },
    });
  });

  it.each([['empty'], ['missing']])('that is %s is said to be so', (kind) => {
    const path = kind === 'empty' ? folder({}) : '/nowhere/at/all';
    expect(() => loadMappings(path)).toThrow(expect.objectContaining({ code: 'MAPPING_NONE' }));
  });

  it('tells everything that is wrong in all files at once', () => {
    const path = folder({
      'a.yaml': sound.replace('direction: in', 'directoin: in'),
      'b.yaml': sound.replace('entity: partner', 'entity: partnr'),
      'c.yaml': 'object: [',
    });
    const { findings } = readMappings(path);
    expect(new Set(findings.map((finding) => finding.file))).toEqual(
      new Set(['a.yaml', 'b.yaml', 'c.yaml'].map((name) => join(path, name))),
    );
    try {
      loadMappings(path);
      throw new Error('it loaded');
    } catch (error) {
      if (!isTierlinkError(error, 'MAPPING_INVALID')) throw error;
      expect(error.data.findings).toHaveLength(findings.length);
      expect(error.message).toContain('a.yaml:4');
      expect(error.message).toContain(`(and ${findings.length - 1} more)`);
    }
  });
});

/** What is wrong, the file's text, and the place and words of the one finding that it must give. */
const bad: [string, string, { line: number; path: string; message: string; fix?: string }][] = [
  [
    'a misspelt key',
    sound.replace('direction: in', 'direction: in, requird: true'),
    { line: 4, path: 'attributes.name.requird', message: 'unknown key "requird"; did you mean "required"?' },
  ],
  [
    'a misspelt key at the top',
    `${sound}scopes: {}\n`,
    { line: 5, path: 'scopes', message: 'unknown key "scopes"; did you mean "scope"?' },
  ],
  [
    'a direction that does not exist',
    sound.replace('direction: in', 'direction: inn'),
    {
      line: 4,
      path: 'attributes.name.direction',
      message: 'must be one of: in, out, both; did you mean "in"?',
    },
  ],
  [
    'a missing field',
    sound.replace('field: Name, ', ''),
    { line: 4, path: 'attributes.name.field', message: 'is missing' },
  ],
  [
    'an attribute that the entity does not have',
    `${sound}  websiet: { field: Website, direction: in }\n`,
    {
      line: 5,
      path: 'attributes.websiet',
      message: 'partner has no attribute "websiet"; did you mean "website"?',
    },
  ],
  [
    'an own attribute with a bad name',
    `${sound}  extra.My-Thing: { field: X, direction: in }\n`,
    { line: 5, path: 'attributes.extra.My-Thing', message: 'is not a name for an attribute of your own' },
  ],
  [
    'a program value that the CRM may set',
    `${sound}  tier: { field: Tier, direction: both }\n`,
    {
      line: 5,
      path: 'attributes.tier.direction',
      message: 'tier is decided by the program',
      fix: 'Set "direction: out".',
    },
  ],
  [
    'a policy with one side',
    sound.replace('direction: in', 'direction: in, policy: crm'),
    { line: 4, path: 'attributes.name.policy', message: 'a policy needs two sides' },
  ],
  [
    'a type for an attribute that has one',
    sound.replace('direction: in', 'direction: in, type: text'),
    { line: 4, path: 'attributes.name.type', message: 'the type of name is fixed' },
  ],
  [
    'a transform that makes something else',
    `${sound}  startedOn: { field: S, direction: in, transform: { kind: money } }\n`,
    {
      line: 5,
      path: 'attributes.startedOn.transform',
      message: 'does not make a date',
      fix: 'Use one of: plain, dateOfInstant.',
    },
  ],
  [
    'a transform that does not exist',
    `${sound}  startedOn: { field: S, direction: in, transform: { kind: script } }\n`,
    { line: 5, path: 'attributes.startedOn.transform.kind', message: 'must be one of: plain, values, money' },
  ],
  [
    'a lookup path that would be written',
    `${sound}  owner: { field: Owner.Name, direction: both }\n`,
    { line: 5, path: 'attributes.owner.field', message: 'is read through a lookup and cannot be written' },
  ],
  [
    'two fields for what would be written',
    `${sound}  phone: { field: Phone, otherwise: Mobile, direction: both }\n`,
    { line: 5, path: 'attributes.phone.otherwise', message: 'only one of two fields could be written' },
  ],
  [
    'a currency that would be written through a lookup',
    `${sound}  extra.fee: { field: F, type: money, direction: out, transform: { kind: money, currencyField: C.Code } }\n`,
    { line: 5, path: 'attributes.extra.fee.transform', message: 'C.Code is read through a lookup' },
  ],
  [
    'what would be written where nothing is created',
    `${sound}  phone: { field: Phone, direction: in, onCreate: { field: Phone } }\n`,
    { line: 5, path: 'attributes.phone.onCreate', message: 'nothing is created by this mapping' },
  ],
  [
    'what would be written into a field that is not read',
    `${sound}  phone: { field: Phone, direction: in, onCreate: { field: Mobile } }\n`,
    { line: 5, path: 'attributes.phone.onCreate', message: 'Mobile is not read', fix: 'Name one of: Phone.' },
  ],
  [
    'what is written anyhow and would be written with a creation',
    `${sound}  phone: { field: Phone, direction: both, onCreate: { field: Phone } }\n`,
    { line: 5, path: 'attributes.phone.onCreate', message: 'needs no "onCreate"' },
  ],
  [
    'an amount of a creation whose currency could not be written',
    `${sound}  extra.fee: { field: F, type: money, direction: in, onCreate: { field: F }, transform: { kind: money, currencyField: C.Code } }\n`,
    {
      line: 5,
      path: 'attributes.extra.fee.onCreate',
      message: 'the currency of an amount is found by its code',
    },
  ],
  [
    'a partner that would be written through a lookup',
    'object: Opportunity\nentity: deal\nkey: K__c\ncreate: true\nattributes:\n  name: { field: Name, direction: both }\ncredits:\n  - { field: Campaign.Partner__c, onCreate: true }\n',
    { line: 8, path: 'credits[0].onCreate', message: 'Campaign.Partner__c is read through a lookup' },
  ],
  [
    'a partner that would be written into two lookups',
    'object: Opportunity\nentity: deal\nkey: K__c\ncreate: true\nattributes:\n  name: { field: Name, direction: both }\ncredits:\n  - { field: A__c, onCreate: true }\n  - { field: B__c, onCreate: true }\n',
    { line: 9, path: 'credits[1].onCreate', message: 'another lookup of the role' },
  ],
  [
    'something sent that is required from the CRM',
    `${sound}  tier: { field: Tier, direction: out, required: true }\n`,
    { line: 5, path: 'attributes.tier.required', message: 'cannot be required' },
  ],
  [
    'two attributes that write one field',
    `${sound}  tier: { field: T, direction: out }\n  tierSince: { field: T, direction: out }\n`,
    { line: 6, path: 'attributes.tierSince.field', message: 'T is already written by tier' },
  ],
  [
    'credits on something else than a deal',
    `${sound}credits: [{ field: Partner }]\n`,
    { line: 5, path: 'credits', message: 'credits belongs to deals' },
  ],
  [
    'defaults of a credit on something else',
    `${sound}defaults: { role: sourced }\n`,
    { line: 5, path: 'defaults', message: 'defaults belongs to credits, and this is partner' },
  ],
  [
    'creation without a key',
    `${sound}create: true\n`,
    { line: 5, path: 'create', message: 'records can only be created with a key' },
  ],
  [
    'a credit without its deal',
    'object: OP\nentity: credit\nattributes:\n  partner: { field: P, direction: in }\n',
    { line: 3, path: 'attributes', message: 'a credit needs deal' },
  ],
  [
    'a KPI on something else than a period',
    `${sound}  kpi.revenue: { field: X, direction: out }\n`,
    { line: 5, path: 'attributes.kpi.revenue', message: 'partner has no attribute "kpi.revenue"' },
  ],
  [
    'a key that is there twice',
    `${sound}object: Contact\n`,
    { line: 5, path: '', message: 'is there already, at line 1, column 1' },
  ],
  [
    'a colon in a text',
    'object: Account: Partners\nentity: partner\n',
    { line: 1, path: '', message: 'write: object: "Account: Partners"' },
  ],
  [
    'repetitions without end',
    Array.from({ length: 9 }, (_unused, level) =>
      level === 0
        ? 'a0: &a0 [x]'
        : `a${level}: &a${level} [${Array(9)
            .fill(`*a${level - 1}`)
            .join(', ')}]`,
    ).join('\n'),
    { line: 2, path: '', message: 'comes to more than can be followed' },
  ],
  ['text that is no mapping', 'just words', { line: 1, path: '', message: 'expected object' }],
  ['an empty file', '', { line: 1, path: '', message: 'expected object' }],
  [
    'a share that is no number',
    'object: O\nentity: deal\nattributes: {}\ncredits:\n  - { field: A }\n  - { field: B, share: half }\n',
    { line: 6, path: 'credits[1].share', message: 'must be a percentage' },
  ],
];

describe('a mapping file with', () => {
  it.each(bad)('%s is refused with its place', (_what, text, expected) => {
    const path = folder({ 'm.yaml': text });
    const { findings, mappings } = readMappings(path);
    expect(findings).toHaveLength(1);
    const [finding] = findings;
    expect(finding).toMatchObject({
      level: 'error',
      line: expected.line,
      path: expected.path,
      file: join(path, 'm.yaml'),
    });
    expect(finding!.message).toContain(expected.message);
    expect(finding!.fix).not.toBe('');
    if (expected.fix !== undefined) expect(finding!.fix).toBe(expected.fix);
    expect(() => loadMappings(path)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^MAPPING_/), exit: 2 }),
    );
    expect(mappings.length).toBeLessThanOrEqual(1);
  });

  it('an object mapped twice to one entity names both files', () => {
    const { findings } = readMappings(folder({ 'a.yaml': sound, 'b.yaml': sound }));
    expect(findings).toMatchObject([
      { path: 'object', message: 'Account is already mapped to partner by a' },
    ]);
  });
});

const credit = `object: Lead
entity: credit
attributes:
  deal: { field: Deal, direction: in, required: true }
  partner: { field: Partner, direction: in, required: true }
`;
const splitDeal = (share: string) => `object: Deal
entity: deal
attribution: split
credits: [{ field: Partner, share: "${share}" }]
attributes: {}
`;

describe('a mapping of credits', () => {
  it('is told when nothing says their role, which is no reason to refuse it', () => {
    const path = folder({ 'm.yaml': credit });
    expect(readMappings(path).findings).toMatchObject([
      { level: 'warn', line: 3, path: 'attributes', message: expect.stringContaining('the role') },
    ]);
    expect(loadMappings(path)).toHaveLength(1);
    expect(readMappings(folder({ 'm.yaml': `${credit}defaults: { role: sourced }\n` })).findings).toEqual([]);
    const mapped = `${credit}  role: { field: Role, direction: in }\n`;
    expect(readMappings(folder({ 'm.yaml': mapped })).findings).toEqual([]);
  });

  it('is told when its share stands beside lookups that give more away than is left', () => {
    const both = (share: string) => ({
      'credit.yaml': `${credit}defaults: { role: sourced, share: "40" }\n`,
      'deal.yaml': splitDeal(share),
    });
    expect(readMappings(folder(both('60'))).findings).toEqual([]);
    expect(readMappings(folder(both('60.5'))).findings).toMatchObject([
      { level: 'warn', line: 6, path: 'defaults.share', message: expect.stringContaining('a deal of deal') },
    ]);
  });

  it('is told when the lookups of a split deal give away more than the deal', () => {
    const two = (share: string) =>
      splitDeal(share).replace('credits: [', 'credits: [{ field: Distributor, share: "40" }, ');
    expect(readMappings(folder({ 'deal.yaml': two('60') })).findings).toEqual([]);
    expect(readMappings(folder({ 'deal.yaml': two('60.5') })).findings).toMatchObject([
      { level: 'warn', line: 4, path: 'credits', message: expect.stringContaining('more than 100') },
    ]);
    const all = two('60.5').replace('split', 'all');
    expect(readMappings(folder({ 'deal.yaml': all })).findings).toEqual([]);
  });
});

describe('keysAt', () => {
  const at = (path: PropertyKey[]) => keysAt(mappingJsonSchema(), path);

  it('knows the keys of each place', () => {
    expect(at([])).toContain('attributes');
    expect(at(['attributes', 'anything'])).toContain('onBlank');
    expect(at(['credits', 0])).toEqual(['field', 'role', 'share', 'isPrimary', 'onCreate']);
    expect(at(['attributes', 'x', 'transform'])).toContain('currencyField');
    expect(at(['attributes'])).toEqual([]);
  });

  it('a key of another form is told to be out of place, not corrected to itself', () => {
    const text = sound.replace(
      'attributes:\n',
      `attributes:
  region: { field: Region, direction: in, transform: { kind: plain, map: { a: b } } }
`,
    );
    const { findings } = readMappings(folder({ 'a.yaml': text }));
    expect(findings).toMatchObject([
      { path: 'attributes.region.transform.map', message: '"map" cannot stand beside the other keys here' },
    ]);
  });
});

describe('planMapping', () => {
  const load = (text: string) => loadMappings(folder({ 'm.yaml': text }))[0]!;
  const deal = `object: Opportunity
entity: deal
key: OurId__c
credits: [{ field: Partner__c }]
attributes:
  amount: { field: Amount, direction: in, transform: { kind: money, currencyField: Code } }
  name: { field: Name, direction: in, label: One }
`;

  it('lists every field that has to be read, once and sorted', () => {
    expect(planMapping(load(deal)).fields).toEqual(['Amount', 'Code', 'Name', 'OurId__c', 'Partner__c']);
    expect(planMapping(load(deal), new Set(['Code'])).fields).not.toContain('Code');
  });

  it('reads the field that stands in for a blank one too, and misses the attribute without either', () => {
    const closed = deal.replace('field: Name', 'field: Name, otherwise: Title');
    const plan = planMapping(load(closed));
    expect(plan.fields).toContain('Title');
    expect(plan.hash).not.toBe(planMapping(load(deal)).hash);
    expect(planMapping(load(closed), new Set(['Title'])).missing).toEqual(['name']);
    expect(planMapping(load(closed), new Set(['Name'])).missing).toEqual(['name']);
  });

  it('reads what a default says where the field is blank or there is none, and not where it cannot be read', () => {
    const plan = planMapping(
      load(`${credit}  role: { field: Role, direction: in }
defaults: { role: sourced, share: "50.0", isPrimary: true }
`),
    );
    expect(plan.fields).toEqual(['Deal', 'Partner', 'Role']);
    expect(plan.incoming).toEqual(['deal', 'isPrimary', 'partner', 'role', 'share']);
    const read = (fields: CrmRecord['fields']) => {
      const record = {
        id: '1',
        modifiedAt: '2026-01-01T00:00:00.000Z',
        createdAt: null,
        modifiedBy: null,
        fields,
      };
      const { role, share, isPrimary } = readRecord(plan, record, { timeZone: 'UTC', currency: 'USD' });
      return [role, share, isPrimary].map((reading) =>
        reading!.kind === 'value' ? reading!.value : reading!.kind,
      );
    };
    expect(read({ Role: 'distributor' })).toEqual(['distributor', '50', true]);
    expect(read({ Role: null })).toEqual(['sourced', '50', true]);
    expect(read({})).toEqual(['unreadable', '50', true]);
    const hashes = ['sourced', 'influenced'].map(
      (role) => planMapping(load(`${credit}defaults: { role: ${role} }\n`)).hash,
    );
    expect(new Set(hashes).size).toBe(2);
  });

  it('shows what a default says on a line of its own, or on that of the field whose blank it fills', () => {
    const lines = checkedMapping(
      load(`${credit}  role: { field: Role, direction: in }\ndefaults: { role: sourced, isPrimary: true }\n`),
      null,
      [],
    ).fields.map(({ attribute, field, meaning }) => [attribute, field, meaning]);
    expect(lines).toContainEqual(['role', 'Role', 'as it is; blank is sourced']);
    expect(lines).toContainEqual(['isPrimary', '', 'always true']);
  });

  it('changes its hash with the meaning and not with the words', () => {
    const { hash } = planMapping(load(deal));
    expect(planMapping(load(deal.replace('label: One', 'label: Two'))).hash).toBe(hash);
    expect(planMapping(load(deal.replace('field: Name', 'field: Title'))).hash).not.toBe(hash);
    expect(planMapping(load(deal.replace('kind: money', 'kind: money, currency: USD'))).hash).not.toBe(hash);
    expect(planMapping(load(`${deal}scope: { filter: "A = 1" }\n`)).hash).not.toBe(hash);
  });
});
