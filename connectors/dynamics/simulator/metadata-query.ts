import { refusals } from './errors.ts';
import type { Comparison, Filter, Literal, Operand } from './odata/ast.ts';

/** Conditions and selections over metadata, which is plain JSON. Here texts compare with regard to case. */

type Json = Readonly<Record<string, unknown>>;

export function metadataTest(
  filter: Filter,
  parameters: Readonly<Record<string, Literal>>,
): (json: Json) => boolean {
  switch (filter.kind) {
    case 'and': {
      const [left, right] = [metadataTest(filter.left, parameters), metadataTest(filter.right, parameters)];
      return (json) => left(json) && right(json);
    }
    case 'or': {
      const [left, right] = [metadataTest(filter.left, parameters), metadataTest(filter.right, parameters)];
      return (json) => left(json) || right(json);
    }
    case 'not': {
      const test = metadataTest(filter.of, parameters);
      return (json) => !test(json);
    }
    case 'compare':
      return (json) =>
        compare(
          filter.operator,
          operandValue(json, filter.left, parameters),
          operandValue(json, filter.right, parameters),
        );
    default:
      // https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api#apply-filters
      throw refusals.badQuery('Only comparisons are supported in conditions on metadata.');
  }
}

function operandValue(json: Json, operand: Operand, parameters: Readonly<Record<string, Literal>>): unknown {
  switch (operand.kind) {
    case 'path':
      return pathValue(json, operand.steps);
    case 'alias':
      return operandValue(json, parameters[operand.name] ?? { kind: 'null' }, parameters);
    case 'number':
      return Number(operand.text);
    case 'null':
      return null;
    case 'enum':
      return operand.member;
    case 'list':
      return operand.items;
    default:
      return operand.value;
  }
}

function pathValue(json: Json, steps: readonly string[]): unknown {
  let value: unknown = json;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null || !(step in value))
      throw refusals.badQuery(
        `Could not find a property named '${step}' on type 'Microsoft.Dynamics.CRM.MetadataBase'.`,
      );
    value = (value as Json)[step];
  }
  return value;
}

function compare(operator: Comparison, left: unknown, right: unknown): boolean {
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  if (left === null || right === null) return false;
  const order = left! < right! ? -1 : left! > right! ? 1 : 0;
  return { gt: order > 0, ge: order >= 0, lt: order < 0, le: order <= 0 }[operator];
}

/** The selected properties; the id and the type always come along. Throws 400 for one that does not exist. */
export function selectMetadata(json: Json, select: readonly string[] | undefined): Record<string, unknown> {
  if (select === undefined) return { ...json };
  const picked: Record<string, unknown> = {};
  if ('@odata.type' in json) picked['@odata.type'] = json['@odata.type'];
  for (const name of select) {
    if (!(name in json))
      throw refusals.badQuery(
        `Could not find a property named '${name}' on type 'Microsoft.Dynamics.CRM.MetadataBase'.`,
      );
    picked[name] = json[name];
  }
  picked.MetadataId = json.MetadataId;
  return picked;
}
