import { suggestion } from '../../model/closest.ts';
import { type AttributeType, type EntityName, entities } from '../../model/entities.ts';
import { exact } from '../../program/exact.ts';
import { planAttribute, valueFields } from './plan.ts';
import type { AttributeMapping, ObjectMapping, Transform } from './schema.ts';

/** A rule of the program model that a mapping breaks. */
export interface RuleBreak {
  file: string;
  path: readonly PropertyKey[];
  message: string;
  fix: string;
  /** (Default: error) */
  level?: 'error' | 'warn';
}

type Broken = Omit<RuleBreak, 'file'>;

/** What the model itself says about one mapping, without any CRM. */
export function checkRules(mapping: ObjectMapping): RuleBreak[] {
  const attributes = Object.entries(mapping.attributes).flatMap(([attribute, spec]) =>
    checkAttribute(mapping.entity, attribute, spec),
  );
  return [...attributes, ...checkObject(mapping)].map((broken) => ({ ...broken, file: mapping.file }));
}

/** What the mappings of a folder say about each other. */
export function checkAcross(mappings: readonly ObjectMapping[]): RuleBreak[] {
  return [...checkPairs(mappings), ...mappings.flatMap(checkLookupShares), ...checkShares(mappings)];
}

/** Lookups of a split deal that together give away more than the deal: one that fills them all counts for nobody. */
function checkLookupShares({ file, attribution, credits = [] }: ObjectMapping): RuleBreak[] {
  const sum = credits.reduce((shares, { share }) => shares.add(share), exact(0));
  if (attribution !== 'split' || !sum.gt(100)) return [];
  return [
    {
      level: 'warn',
      file,
      path: ['credits'],
      message: 'a deal that fills all of these lookups counts for nobody: their shares are more than 100',
      fix: 'Give each lookup the "share" that it has of the deal, or choose "attribution: all" or "primary".',
    },
  ];
}

/** Credits of an object of their own that take a share which the lookups of a split deal have given away already. */
function checkShares(mappings: readonly ObjectMapping[]): RuleBreak[] {
  return mappings.flatMap(({ file, defaults }) => {
    const { share } = defaults ?? {};
    if (share === undefined) return [];
    const split = mappings.find(
      ({ attribution, credits = [] }) =>
        attribution === 'split' &&
        credits.length > 0 &&
        credits.reduce((sum, lookup) => sum.add(lookup.share), exact(share)).gt(100),
    );
    if (split === undefined) return [];
    return {
      level: 'warn' as const,
      file,
      path: ['defaults', 'share'],
      message: `a deal of ${split.name} that names another partner itself counts for nobody: the shares are more than 100`,
      fix: 'Leave the share out: such a credit has the deal where no other one has a share of it.',
    };
  });
}

function checkPairs(mappings: readonly ObjectMapping[]): RuleBreak[] {
  const seen = new Map<string, string>();
  const broken: RuleBreak[] = [];
  for (const { object, entity, name, file } of mappings) {
    const key = JSON.stringify([object, entity]);
    const other = seen.get(key);
    if (other === undefined) seen.set(key, name);
    else {
      broken.push({
        file,
        path: ['object'],
        message: `${object} is already mapped to ${entity} by ${other}`,
        fix: 'Keep one mapping for each pair of object and entity.',
      });
    }
  }
  return broken;
}

function checkAttribute(entity: EntityName, attribute: string, spec: AttributeMapping): Broken[] {
  const path = ['attributes', attribute];
  const unknown = checkName(entity, attribute);
  if (unknown !== undefined) return [{ path, ...unknown }];
  const isOwn = attribute.startsWith('extra.');
  const broken: Broken[] = [];
  const fail = (key: string, message: string, fix: string) =>
    broken.push({ path: [...path, key], message, fix });
  if (spec.type !== undefined && !isOwn) {
    fail('type', `the type of ${attribute} is fixed`, 'Remove "type"; it is for extra.<name> only.');
  }
  checkDirection(entity, attribute, { spec, fail });
  checkTransform(planAttribute(entity, attribute, spec), spec, fail);
  return broken;
}

type Fail = (key: string, message: string, fix: string) => void;

function checkName(entity: EntityName, attribute: string): Omit<Broken, 'path'> | undefined {
  const { attributes } = entities[entity];
  if (Object.hasOwn(attributes, attribute)) return undefined;
  if (attribute.startsWith('kpi.') && entity === 'kpiPeriod') return undefined;
  if (/^extra\.[a-z][A-Za-z0-9]*$/.test(attribute) && entities[entity].origin === 'crm') return undefined;
  if (attribute.startsWith('extra.')) {
    return {
      message: `"${attribute}" is not a name for an attribute of your own`,
      fix: 'Use extra. and a name of letters and digits that begins with a small letter, on records that come from the CRM.',
    };
  }
  const names = Object.keys(attributes);
  return {
    message: `${entity} has no attribute "${attribute}"${suggestion(attribute, names)}`,
    fix: `Use one of: ${names.join(', ')}, or extra.<name> for an attribute of your own.`,
  };
}

function checkDirection(
  entity: EntityName,
  attribute: string,
  { spec, fail }: { spec: AttributeMapping; fail: Fail },
): void {
  const definition = entities[entity].attributes[attribute];
  const isOwned = entities[entity].origin === 'program' || definition?.owner === 'program';
  if (isOwned && spec.direction !== 'out') {
    fail('direction', `${attribute} is decided by the program`, 'Set "direction: out".');
  }
  if (spec.policy !== undefined && spec.direction !== 'both') {
    fail('policy', 'a policy needs two sides', 'Remove "policy", or set "direction: both".');
  }
  if (spec.required && spec.direction === 'out') {
    fail('required', 'what we send cannot be required from the CRM', 'Remove "required".');
  }
  if (spec.otherwise !== undefined && spec.direction !== 'in') {
    fail(
      'otherwise',
      'only one of two fields could be written',
      'Remove "otherwise", or set "direction: in".',
    );
  }
  const currency = spec.transform?.kind === 'money' ? spec.transform.currencyField : undefined;
  if (currency?.includes('.') === true && spec.direction !== 'in') {
    fail('transform', `${currency} is read through a lookup and cannot be written`, 'Set "direction: in".');
  }
  if (spec.field.includes('.') && spec.direction !== 'in') {
    fail('field', `${spec.field} is read through a lookup and cannot be written`, 'Set "direction: in".');
  }
}

/** Attribute types that each kind of transform can make. */
const makes: Readonly<Record<Transform['kind'], readonly AttributeType[]>> = {
  plain: ['text', 'choice', 'boolean', 'integer', 'decimal', 'date', 'instant', 'list'],
  values: ['text', 'choice', 'boolean', 'integer', 'decimal', 'list'],
  money: ['money'],
  dateOfInstant: ['date'],
  list: ['list'],
  reference: ['ref'],
  named: ['text', 'choice'],
  equals: ['boolean'],
};

function checkTransform(
  plan: { attribute: string; type: AttributeType; transform: Transform },
  spec: AttributeMapping,
  fail: Fail,
): void {
  const { kind } = plan.transform;
  if (!makes[kind].includes(plan.type)) {
    const fitting = Object.entries(makes).filter(([, types]) => types.includes(plan.type));
    fail(
      'transform',
      `a transform of kind ${kind} does not make a ${plan.type}, which ${plan.attribute} is`,
      `Use one of: ${fitting.map(([name]) => name).join(', ')}.`,
    );
  }
  if (kind === 'dateOfInstant' && spec.direction !== 'in') {
    fail('transform', 'a day cannot be written into an instant', 'Set "direction: in".');
  }
}

function checkObject(mapping: ObjectMapping): Broken[] {
  return [
    ...checkOwnKeys(mapping),
    ...checkKey(mapping),
    ...checkOf(mapping),
    ...(mapping.of === undefined ? checkParts(mapping) : []),
    ...checkRole(mapping),
    ...checkOnCreate(mapping),
    ...checkTargets(mapping),
  ];
}

/** Keys that only one entity knows. */
const ownKeys = { credits: 'deal', attribution: 'deal', defaults: 'credit' } as const;

function checkOwnKeys(mapping: ObjectMapping): Broken[] {
  return Object.entries(ownKeys)
    .filter(
      ([key, entity]) => mapping[key as keyof typeof ownKeys] !== undefined && mapping.entity !== entity,
    )
    .map(([key, entity]) => ({
      path: [key],
      message: `${key} belongs to ${entity}s, and this is ${mapping.entity}`,
      fix: `Remove it, or move it to the mapping of the ${entity}.`,
    }));
}

/** Without a role a credit counts only where no role is asked for. */
function checkRole({ entity, attributes, defaults }: ObjectMapping): Broken[] {
  const isWhole = Object.hasOwn(attributes, 'deal') && Object.hasOwn(attributes, 'partner');
  if (entity !== 'credit' || !isWhole) return [];
  if (Object.hasOwn(attributes, 'role') || defaults?.role !== undefined) return [];
  return [
    {
      level: 'warn',
      path: ['attributes'],
      message: 'nothing says the role of these credits, so KPIs that ask for roles do not count them',
      fix: 'Add "defaults: { role: sourced }" or another role, or map the field that holds it as role.',
    },
  ];
}

function checkKey(mapping: ObjectMapping): Broken[] {
  if (mapping.key !== undefined || !mapping.create) return [];
  return [
    {
      path: ['create'],
      message: 'records can only be created with a key, so that a repeated call makes no second one',
      fix: 'Name the external id field or alternate key that holds our id as "key".',
    },
  ];
}

/** What is written with a record that we create is written into fields that are read after. */
function checkOnCreate({ attributes, create, credits = [] }: ObjectMapping): Broken[] {
  const places = [
    ...Object.entries(attributes).map(([attribute, spec]) => ({
      path: ['attributes', attribute, 'onCreate'],
      broken: spec.onCreate === undefined ? null : brokenOnCreate(spec, create),
    })),
    ...credits.map(({ field, role, onCreate }, index) => ({
      path: ['credits', index, 'onCreate'],
      broken:
        onCreate === true
          ? (notCreated(create) ?? readThroughLookup(field) ?? createdTwice(credits.slice(0, index), role))
          : null,
    })),
  ];
  return places.flatMap(({ path, broken }) => (broken === null ? [] : [{ path, ...broken }]));
}

type Why = Pick<Broken, 'message' | 'fix'>;

function notCreated(create: boolean): Why | null {
  if (create) return null;
  return { message: 'nothing is created by this mapping', fix: 'Remove "onCreate", or set "create: true".' };
}

function readThroughLookup(field: string): Why | null {
  if (!field.includes('.')) return null;
  return { message: `${field} is read through a lookup and cannot be written`, fix: 'Remove "onCreate".' };
}

/** The partner of a registration goes into one lookup. */
function createdTwice(
  before: readonly { role: string; onCreate?: boolean | undefined }[],
  role: string,
): Why | null {
  const is = before.some((each) => each.onCreate === true && each.role === role);
  if (!is) return null;
  return {
    message: `another lookup of the role ${role} is written with a creation already`,
    fix: 'Leave "onCreate" at one lookup of each role.',
  };
}

function brokenOnCreate({ onCreate, ...spec }: AttributeMapping, create: boolean): Why | null {
  const { field, currency } = onCreate!;
  if (spec.direction !== 'in')
    return {
      message: 'what is written anyhow needs no "onCreate"',
      fix: 'Remove it, or set "direction: in".',
    };
  if (!valueFields(spec).includes(field))
    return {
      message: `${field} is not read, so what was written there would be lost here`,
      fix: `Name one of: ${valueFields(spec).join(', ')}.`,
    };
  const code = spec.transform?.kind === 'money' ? spec.transform.currencyField : undefined;
  if ((currency !== undefined) !== (code?.includes('.') === true))
    return {
      message:
        'the currency of an amount is found by its code where the code is read through a lookup, and only there',
      fix: 'Name the object of the currencies as "currency" beside such a "currencyField"; remove it where there is none.',
    };
  return notCreated(create);
}

/** Records that describe another one only receive what the program says of it. */
function checkOf(mapping: ObjectMapping): Broken[] {
  if (mapping.of === undefined) return [];
  const incoming = Object.entries(mapping.attributes).filter(([, spec]) => spec.direction !== 'out');
  const created: Broken[] = mapping.create
    ? [
        {
          path: ['create'],
          message: 'records that describe another one are not created',
          fix: 'Remove "create".',
        },
      ]
    : [];
  return [
    ...created,
    ...incoming.map(([attribute]) => ({
      path: ['attributes', attribute, 'direction'],
      message: `${mapping.object} describes a ${mapping.entity} that another mapping brings in`,
      fix: 'Set "direction: out", or map the attribute where the record itself is mapped.',
    })),
  ];
}

/** References without which a record of the entity means nothing. */
const parts: Partial<Record<EntityName, readonly (readonly string[])[]>> = {
  credit: [['deal'], ['partner']],
  certification: [['person', 'partner']],
  fact: [['partner'], ['kind'], ['occurredOn']],
};

function checkParts(mapping: ObjectMapping): Broken[] {
  return (parts[mapping.entity] ?? [])
    .filter((anyOf) => !anyOf.some((attribute) => Object.hasOwn(mapping.attributes, attribute)))
    .map((anyOf) => ({
      path: ['attributes'],
      message: `a ${mapping.entity} needs ${anyOf.join(' or ')}`,
      fix: `Map the field that holds ${anyOf.join(' or ')}.`,
    }));
}

function checkTargets(mapping: ObjectMapping): Broken[] {
  const seen = new Map<string, string>();
  const broken: Broken[] = [];
  for (const [attribute, spec] of Object.entries(mapping.attributes)) {
    if (spec.direction === 'in') continue;
    const other = seen.get(spec.field);
    if (other === undefined) seen.set(spec.field, attribute);
    else {
      broken.push({
        path: ['attributes', attribute, 'field'],
        message: `${spec.field} is already written by ${other}`,
        fix: 'Let only one attribute write a field.',
      });
    }
  }
  return broken;
}
