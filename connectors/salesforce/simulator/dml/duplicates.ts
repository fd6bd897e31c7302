import { attributesOf, jsonValue } from '../format.ts';
import type { DuplicateRule } from '../state.ts';
import type { Row } from '../types.ts';
import { refuse } from './refusal.ts';
import type { Statement } from './statement.ts';

function sameKey(rule: DuplicateRule, a: Row, b: Row): boolean {
  return rule.fields.every((name) => {
    const [x, y] = [a[name] ?? null, b[name] ?? null];
    return x !== null && y !== null && String(x).toLowerCase() === String(y).toLowerCase();
  });
}

function matchesOf(statement: Statement, rule: DuplicateRule, row: Row): Row[] {
  const matches: Row[] = [];
  for (const other of statement.state.table(statement.object).rows.values()) {
    if (other.Id !== row.Id && other.IsDeleted !== true && sameKey(rule, row, other)) matches.push(other);
  }
  return matches;
}

function matchRecord(statement: Statement, row: Row): Record<string, unknown> {
  const { object, options, caller } = statement;
  const fields = object.fields.filter(
    (field) =>
      field.name === 'Id' ||
      (options.duplicateRule?.includeRecordDetails === true && caller.canReadField(object, field)),
  );
  return {
    additionalInformation: [],
    fieldDiffs: [],
    matchConfidence: 100.0,
    record: {
      attributes: attributesOf(object, String(row.Id), '68.0'),
      ...Object.fromEntries(fields.map((field) => [field.name, jsonValue(field, row)])),
    },
  };
}

/** The `duplicateResult` object of DUPLICATES_DETECTED. */
function duplicateResult(statement: Statement, rule: DuplicateRule, matches: Row[]): Record<string, unknown> {
  return {
    allowSave: rule.action === 'alert',
    duplicateRule: rule.name,
    duplicateRuleEntityType: rule.object,
    errorMessage: rule.message,
    matchResults: [
      {
        entityType: rule.object,
        errors: [],
        matchEngine: 'ExactMatchEngine',
        matchRecords: matches.map((row) => matchRecord(statement, row)),
        rule: `${rule.name}_Match`,
        size: matches.length,
        success: true,
      },
    ],
  };
}

/**
 * Runs the org's duplicate rules when a field that they look at is written. A rule that alerts can be passed with the
 * header's allowSave; one that blocks cannot. Users do not see matches that sharing hides from them.
 */
export function checkDuplicates(statement: Statement, row: Row, written: Row): void {
  for (const rule of statement.state.duplicateRules) {
    if (rule.object !== statement.object.name || !rule.fields.some((name) => name in written)) continue;
    if (rule.action === 'alert' && statement.options.duplicateRule?.allowSave === true) continue;
    const matches = matchesOf(statement, rule, row).filter(
      (match) =>
        statement.options.duplicateRule?.runAsCurrentUser !== true ||
        statement.caller.canSeeRow(statement.object, match),
    );
    if (matches.length === 0) continue;
    throw refuse('DUPLICATES_DETECTED', rule.message, {
      extra: { duplicateResult: duplicateResult(statement, rule, matches) },
    });
  }
}
