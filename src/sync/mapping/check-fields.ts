import { suggestion } from '../../model/closest.ts';
import type { FieldDescription, FieldType } from '../crm-description.ts';
import type { Check } from './check.ts';
import { checkPath, setUpOf } from './check-paths.ts';
import { checkChoices } from './check-values.ts';
import { type AttributePlan, valueFields } from './plan.ts';
import type { CreditMapping } from './schema.ts';

/** CRM types that hold what an attribute of each type needs, read as they are. */
const plainTypes: Readonly<Record<AttributePlan['type'], readonly FieldType[]>> = {
  text: [
    'text',
    'longText',
    'choice',
    'id',
    'integer',
    'decimal',
    'money',
    'percent',
    'date',
    'instant',
    'boolean',
  ],
  choice: ['text', 'choice', 'integer', 'boolean'],
  boolean: ['boolean'],
  integer: ['integer', 'decimal', 'percent'],
  decimal: ['integer', 'decimal', 'money', 'percent'],
  money: ['money', 'decimal', 'integer'],
  date: ['date'],
  instant: ['instant', 'date'],
  list: ['multiChoice', 'choice', 'text', 'longText'],
  ref: ['reference'],
};

const transformTypes: Readonly<
  Record<Exclude<AttributePlan['transform']['kind'], 'plain'>, readonly FieldType[]>
> = {
  values: ['choice', 'multiChoice', 'text', 'integer', 'boolean'],
  money: ['money', 'decimal', 'integer'],
  dateOfInstant: ['instant'],
  list: ['multiChoice', 'choice', 'text', 'longText'],
  reference: ['reference'],
  named: ['reference'],
  equals: ['text', 'longText', 'choice', 'boolean', 'integer', 'decimal', 'percent', 'reference', 'id'],
};

/** Checks the fields behind one attribute. */
export function checkAttributeField(check: Check, plan: AttributePlan): void {
  checkCurrency(check, plan);
  for (const field of valueFields(plan.spec)) checkValueField(check, { ...plan, field });
}

/** Where the mapping names the field that is being checked. */
function fieldPath({ attribute, field, spec }: AttributePlan): string[] {
  return ['attributes', attribute, field === spec.field ? 'field' : 'otherwise'];
}

function checkValueField(check: Check, plan: AttributePlan): void {
  const path = fieldPath(plan);
  if (plan.field.includes('.')) {
    const level = plan.spec.direction === 'in' && !plan.spec.required ? 'warn' : 'error';
    checkPath(check, { field: plan.field, place: path, level });
    return;
  }
  const field = check.description.fields.find((each) => each.name === plan.field);
  if (field === undefined) {
    reportMissing(check, plan, path);
    return;
  }
  checkType(check, plan, field);
  if (plan.spec.direction !== 'in') checkWritable(check, plan, field);
  else if (plan.spec.onCreate?.field === field.name) checkCreatable(check, field, fieldPath(plan));
  else if (field.calculated) reportCalculated(check, plan);
  if (plan.transform.kind === 'reference') checkTarget(check, plan, field);
  checkChoices(check, plan, field);
}

/** Checks the lookup behind a credit of a deal. */
export function checkCreditField(check: Check, credit: CreditMapping, index: number): void {
  const path = ['credits', index, 'field'];
  if (credit.field.includes('.')) {
    checkPath(check, { field: credit.field, place: path, level: 'error' });
    return;
  }
  const field = check.description.fields.find((each) => each.name === credit.field);
  if (field === undefined) {
    const names = check.description.fields.map((each) => each.name);
    check.report('error', 'FIELD_MISSING', {
      path,
      message: `${missing(check, credit.field)}${suggestion(credit.field, names)}`,
      fix: 'Correct the name, or give the user access to the field.',
      setUp: setUpOf(check, credit.field),
    });
  } else if (field.type !== 'reference') {
    check.report('error', 'FIELD_TYPE', {
      path,
      message: `${credit.field} is a field of type ${field.type}, not a lookup`,
      fix: 'Name the lookup field that holds the partner.',
    });
  } else {
    reportTarget(check, { path, field, entity: 'partner', isRequired: false });
    if (credit.onCreate === true) checkCreatable(check, field, path);
  }
}

function checkCreatable(check: Check, field: FieldDescription, path: readonly PropertyKey[]): void {
  if (field.createable) return;
  check.report('error', 'FIELD_READONLY', {
    path,
    message: `${field.name} cannot be written by the integration user when a record is created`,
    fix: 'Give the user edit access to the field, or remove "onCreate".',
    setUp: setUpOf(check, field.name),
  });
}

function missing(check: Check, name: string): string {
  return `${name} does not exist on ${check.mapping.object}, or the user cannot see it`;
}

function reportMissing(check: Check, plan: AttributePlan, path: readonly PropertyKey[]): void {
  const names = check.description.fields.map((each) => each.name);
  const canInstall = plan.spec.install !== undefined;
  check.report(plan.spec.direction === 'in' && !plan.spec.required ? 'warn' : 'error', 'FIELD_MISSING', {
    path,
    message: `${missing(check, plan.field)}${suggestion(plan.field, names)}`,
    fix: canInstall
      ? 'Deploy what `tierlink install source` generates, and assign its permission set or role.'
      : 'Correct the name, or give the user access to the field. Until then this line rests.',
    setUp: setUpOf(check, plan.field),
  });
}

function checkType(check: Check, plan: AttributePlan, field: FieldDescription): void {
  const path = fieldPath(plan);
  if (field.type === 'other') {
    check.report('question', 'NOT_CHECKED', {
      path,
      message: `the type of ${field.name} is not known here, so it cannot be compared with ${plan.type}`,
      fix: 'Look at a few records with: tierlink map test.',
    });
    return;
  }
  const { kind } = plan.transform;
  const fitting = kind === 'plain' ? plainTypes[plan.type] : transformTypes[kind];
  const losesTime = plan.type === 'instant' && field.type === 'date' && plan.spec.direction !== 'in';
  if (fitting.includes(field.type) && !losesTime) return;
  check.report('error', 'FIELD_TYPE', {
    path,
    message: `${field.name} is a field of type ${field.type}, which does not hold ${plan.attribute} (${plan.type})`,
    fix: fixForType(plan, field),
  });
}

function fixForType(plan: AttributePlan, field: FieldDescription): string {
  if (plan.type === 'date' && field.type === 'instant') return 'Add "transform: { kind: dateOfInstant }".';
  if (plan.type === 'boolean') return 'Add a transform of kind equals or values.';
  if (field.type === 'reference')
    return 'Map it to an attribute that is a reference, or read a field through it (such as Owner.Name).';
  const fitting =
    plan.transform.kind === 'plain' ? plainTypes[plan.type] : transformTypes[plan.transform.kind];
  return `Map a field of type ${fitting.join(', ')}.`;
}

function checkWritable(check: Check, plan: AttributePlan, field: FieldDescription): void {
  const canUpdate = field.updateable || (check.mapping.create && field.createable);
  if (canUpdate && !field.calculated) return;
  check.report('error', 'FIELD_READONLY', {
    path: ['attributes', plan.attribute, 'direction'],
    message: field.calculated
      ? `${field.name} is computed by the CRM and cannot be written`
      : `${field.name} cannot be written by the integration user`,
    fix: field.calculated
      ? 'Set "direction: in", or map another field.'
      : 'Give the user edit access to the field, or set "direction: in".',
    ...(field.calculated ? {} : { setUp: setUpOf(check, field.name) }),
  });
}

function reportCalculated(check: Check, plan: AttributePlan): void {
  check.report('warn', 'FIELD_CALCULATED', {
    path: fieldPath(plan),
    message: `${plan.field} is computed by the CRM, which does not mark the record as changed when it moves`,
    fix: 'Map the fields that it is computed from; otherwise its changes are found with the next change of the record or full comparison.',
  });
}

function checkTarget(check: Check, plan: AttributePlan, field: FieldDescription): void {
  if (field.type !== 'reference' || plan.to === undefined) return;
  const path = fieldPath(plan);
  const { transform } = plan;
  const named = transform.kind === 'reference' ? transform.object : undefined;
  if (named !== undefined && !field.references.includes(named)) {
    check.report('error', 'LOOKUP_TARGET', {
      path: ['attributes', plan.attribute, 'transform', 'object'],
      message: `${field.name} does not point to ${named}${suggestion(named, field.references)}`,
      fix: `Use one of: ${field.references.join(', ')}.`,
    });
    return;
  }
  reportTarget(check, { path, field, entity: plan.to, isRequired: plan.spec.required });
}

/** A lookup is of use only when some mapping makes records of the entity from an object that it points to. */
function reportTarget(
  check: Check,
  lookup: { path: readonly PropertyKey[]; field: FieldDescription; entity: string; isRequired: boolean },
): void {
  const { path, field, entity, isRequired } = lookup;
  const mapped = check.mappings.filter((each) => each.entity === entity).map((each) => each.object);
  if (mapped.some((object) => field.references.includes(object))) return;
  check.report(isRequired ? 'error' : 'warn', 'LOOKUP_TARGET', {
    path,
    message: `${field.name} points to ${field.references.join(', ') || 'nothing'}, and no mapping makes a ${entity} from that`,
    fix: isRequired
      ? `Add a mapping of ${field.references[0] ?? 'the object'} to ${entity}; until then every record would be held.`
      : `Add a mapping of ${field.references[0] ?? 'the object'} to ${entity}; until then it stays blank.`,
  });
}

function checkCurrency(check: Check, plan: AttributePlan): void {
  const name = plan.transform.kind === 'money' ? plan.transform.currencyField : undefined;
  if (name === undefined || check.description.fields.some((field) => field.name === name)) return;
  const path = ['attributes', plan.attribute, 'transform', 'currencyField'];
  if (name.includes('.')) {
    checkPath(check, { field: name, place: path, level: 'warn' });
    return;
  }
  check.report('warn', 'CURRENCY_FIELD_MISSING', {
    path,
    message: `${missing(check, name)}; amounts count in the main currency of the org`,
    fix: 'Nothing, if the org has one currency; otherwise give the user access to the field.',
    setUp: setUpOf(check, name),
  });
}
