import { z } from 'zod';
import type { ObjectDescription } from '../sync/crm-description.ts';
import type { Finding } from '../sync/mapping/finding.ts';
import { type MappingLine, mappingLines } from '../sync/mapping/lines.ts';
import type { ObjectMapping } from '../sync/mapping/schema.ts';
import { text } from './commands/map/map.messages.ts';
import { formatValue } from './format.ts';
import type { Screen, Tone } from './screen.ts';

const troubles = ['error', 'warn', 'question'] as const;
/** A note says nothing against a field. */
export const levels = [...troubles, 'note'] as const;
const results = ['ok', ...troubles, 'unchecked'] as const;

export const checkedMappingSchema = z.strictObject({
  name: z.string(),
  file: z.string(),
  object: z.string(),
  entity: z.string(),
  /** Whether the CRM shows the object to the user; null where it was not asked. */
  isShown: z.boolean().nullable(),
  fields: z.array(
    z.strictObject({
      attribute: z.string(),
      field: z.string(),
      otherwise: z.string().nullable(),
      label: z.string().nullable(),
      type: z.string().nullable(),
      direction: z.enum(['in', 'out', 'both']),
      transform: z.string(),
      meaning: z.string(),
      result: z.enum(results),
      findings: z.array(
        z.strictObject({ level: z.enum(levels), code: z.string(), message: z.string(), fix: z.string() }),
      ),
    }),
  ),
});
export type CheckedMapping = z.infer<typeof checkedMappingSchema>;
type CheckedField = CheckedMapping['fields'][number];

/** A mapping with the outcome of each of its lines. `described`: what the CRM says of its objects; null where it was not asked. */
export function checkedMapping(
  mapping: ObjectMapping,
  described: ReadonlyMap<string, ObjectDescription> | null,
  findings: readonly Finding[],
): CheckedMapping {
  const { name, file, object, entity } = mapping;
  const isShown = described?.has(object) ?? null;
  const own = findings.filter((finding) => finding.file === file);
  return {
    name,
    file,
    object,
    entity,
    isShown,
    fields: mappingLines(mapping, described ?? new Map()).map((line) => checkedField(line, own, isShown)),
  };
}

function checkedField(line: MappingLine, own: readonly Finding[], isShown: boolean | null): CheckedField {
  const findings = own.filter(({ path = '' }) => path === line.path || path.startsWith(`${line.path}.`));
  const worst = troubles.find((level) => findings.some((finding) => finding.level === level));
  return {
    attribute: line.attribute,
    field: line.field,
    otherwise: line.otherwise ?? null,
    label: line.label ?? null,
    type: line.type ?? null,
    direction: line.direction,
    transform: line.meaning.kind,
    meaning: meaningText(line),
    result: worst ?? (isShown === true ? 'ok' : 'unchecked'),
    findings: findings.map(({ level, code, message, fix }) => ({ level, code, message, fix })),
  };
}

function meaningText(line: MappingLine): string {
  const { otherwise, onCreate } = text.check.meaning;
  const blank = line.fallback === undefined ? [] : [otherwise(formatValue(line.fallback))];
  const created = line.onCreate === undefined ? [] : [onCreate(line.onCreate)];
  return [meaningWords(line), ...blank, ...created].join('; ');
}

function meaningWords({ meaning, direction }: MappingLine): string {
  const words = text.check.meaning;
  switch (meaning.kind) {
    case 'values':
      return [
        words.values(Object.entries(meaning.map)),
        // What is only written meets no other values.
        ...(direction === 'out' ? [] : [words.others[meaning.others]]),
      ].join('; ');
    case 'money':
      return words.money(meaning.currencyField ?? meaning.currency);
    case 'dateOfInstant':
      return words.dateOfInstant(meaning.timeZone);
    case 'list':
      return words.list(meaning.separator);
    case 'reference':
      return words.reference(meaning.entity, meaning.object);
    case 'named':
      return words.named(meaning.object, meaning.field);
    case 'equals':
      return words.equals(formatValue(meaning.value));
    case 'always':
      return words.always(formatValue(meaning.value));
    case 'credit':
      return words.credit(meaning.role, meaning.share);
    default:
      return words[meaning.kind];
  }
}

const tones: Record<CheckedField['result'], Tone> = {
  ok: 'good',
  error: 'bad',
  warn: 'wait',
  question: 'wait',
  unchecked: 'soft',
};

/** One line for each field of a mapping. */
export function showFields({ isShown, object, entity, fields }: CheckedMapping, screen: Screen): void {
  screen.line(`  ${text.check.as(object, entity)}`);
  if (isShown === false) screen.line(`  ${text.check.absent(object)}`);
  screen.line();
  screen.table(
    text.check.columns.map((title, index) => ({
      title,
      wrap: [2, 5, 6].includes(index),
      beside: index !== 0 && index !== 3,
    })),
    fields.map((field) => [
      field.attribute,
      field.otherwise === null
        ? formatValue(field.field === '' ? null : field.field)
        : text.check.otherwise(field.field, field.otherwise),
      formatValue(field.label),
      formatValue(field.type),
      field.direction,
      field.meaning,
      resultText(field, screen),
    ]),
  );
}

function resultText({ result, findings }: CheckedField, screen: Screen): string {
  const codes = [...new Set(findings.map(({ code }) => code))].join(', ');
  return screen.tone(tones[result], codes === '' ? text.check.results[result] : codes);
}
