import { closest, suggest } from '../../model/closest.ts';
import type { FieldDescription } from '../crm-description.ts';
import type { Check } from './check.ts';
import type { AttributePlan } from './plan.ts';
import { sentValues } from './sent-values.ts';

/** Compares the values that a mapping names, or that we will send, with the choices that the field offers. */
export function checkChoices(check: Check, plan: AttributePlan, field: FieldDescription): void {
  if (field.values === null) return;
  if (plan.transform.kind === 'values') checkMap(check, plan, { field, map: plan.transform });
  else if (plan.spec.direction !== 'in') checkSent(check, plan, field);
}

function checkMap(
  check: Check,
  plan: AttributePlan,
  of: { field: FieldDescription; map: { map: Readonly<Record<string, string>>; others: string } },
): void {
  const { field, map } = of;
  const path = ['attributes', plan.attribute, 'transform', 'map'];
  const sends = plan.spec.direction !== 'in';
  const sent = new Set(sends ? sentValues(map.map) : []);
  for (const value of Object.keys(map.map)) {
    const level = sent.has(value) && field.restricted ? 'error' : 'warn';
    checkValue(check, { field, value, level, path: [...path, value] });
  }
  if (map.others !== 'reject' || plan.spec.direction === 'out') return;
  const unmapped = field.values!.filter((each) => each.active && !Object.hasOwn(map.map, each.value));
  if (unmapped.length === 0) return;
  check.report('warn', 'VALUE_UNMAPPED', {
    path,
    message: `${field.name} also offers ${unmapped.map((each) => each.value).join(', ')}; records with these are reported as invalid`,
    fix: 'Map them, or set "others" to keep or blank.',
  });
}

/** Values that the program will send as they are: the names of tiers, or those that the mapping asks to be installed. */
function checkSent(check: Check, plan: AttributePlan, field: FieldDescription): void {
  const install = plan.spec.install?.values;
  const isTier = plan.attribute === 'tier' || install === 'tiers';
  const sent = isTier ? check.tiers : Array.isArray(install) ? install : [];
  const path = ['attributes', plan.attribute, 'field'];
  for (const value of sent) {
    checkValue(check, { field, value, level: field.restricted ? 'error' : 'warn', path });
  }
}

function checkValue(
  check: Check,
  of: { field: FieldDescription; value: string; level: 'error' | 'warn'; path: readonly PropertyKey[] },
): void {
  const { field, value, level, path } = of;
  const found = field.values!.find((each) => each.value === value);
  if (found?.active === true) return;
  if (found !== undefined) {
    check.report(level, 'VALUE_INACTIVE', {
      path,
      message: `"${value}" of ${field.name} is not active in the CRM`,
      fix: 'Activate the value in the CRM, or use another one.',
    });
    return;
  }
  const byLabel = field.values!.find((each) => each.label === value);
  const near =
    byLabel?.value ??
    closest(
      value,
      field.values!.map((each) => each.value),
    );
  check.report(level, 'VALUE_MISSING', {
    path,
    message: `"${value}" is not among the values of ${field.name}${suggest(near)}`,
    fix: `Add the value in the CRM, or use one of: ${field.values!.map((each) => each.value).join(', ')}.`,
  });
}
