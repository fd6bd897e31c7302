import { CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { TierlinkError } from '../errors.ts';
import { readYaml } from '../program/yaml/text.ts';
import { readTextFile } from '../text-file.ts';
import type { SupposedInput } from '../tier/look/changed-inputs.ts';

/** Inputs that are supposed of one partner, named as a person names it. */
export interface Supposition {
  partner: string;
  changes: SupposedInput[];
}

const rowSchema = z.strictObject({ partner: z.string().min(1), name: z.string().min(1), value: z.string() });
const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const mapSchema = z.record(z.string(), z.record(z.string(), z.union([scalarSchema, z.array(z.string())])));

/**
 * Reads suppositions from a file: CSV with the columns partner, name and value, or YAML with what is supposed under each
 * partner. Throws SIMULATION_FILE.
 */
export function readSuppositions(file: string): Supposition[] {
  const text = readTextFile(file);
  const found = /\.ya?ml$/i.test(file) ? fromYaml(file, text) : fromCsv(file, text);
  if (found.length === 0) throw unusable(file, 'it supposes nothing');
  return found;
}

/** "sourcedRevenue=250000" taken apart. Throws USAGE. */
export function supposedInput(text: string): SupposedInput {
  const at = text.indexOf('=');
  if (at > 0) return { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
  const reason = `--set ${text}: write it as KPI=VALUE or partner.attribute=VALUE`;
  throw new TierlinkError('USAGE', { reason, command: 'tier simulate' });
}

function fromCsv(file: string, text: string): Supposition[] {
  const byPartner = new Map<string, SupposedInput[]>();
  for (const row of csvRows(file, text)) {
    const parsed = rowSchema.safeParse(row);
    if (!parsed.success)
      throw unusable(file, 'its columns must be partner, name and value, none of the first two blank');
    const { partner, name, value } = parsed.data;
    byPartner.set(partner, [...(byPartner.get(partner) ?? []), { name, value }]);
  }
  return [...byPartner].map(([partner, changes]) => ({ partner, changes }));
}

function csvRows(file: string, text: string): unknown[] {
  try {
    return parse(text, {
      columns: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      delimiter: [',', ';'],
    });
  } catch (error) {
    if (error instanceof CsvError) throw unusable(file, error.message, error);
    throw error;
  }
}

function fromYaml(file: string, text: string): Supposition[] {
  const parsed = mapSchema.safeParse(yamlOf(file, text));
  if (!parsed.success) throw unusable(file, 'it must have partners, and under each names with their values');
  return Object.entries(parsed.data).map(([partner, values]) => ({
    partner,
    changes: Object.entries(values).map(([name, value]) => ({
      name,
      value: value === null ? '' : [value].flat().map(String).join(','),
    })),
  }));
}

function yamlOf(file: string, text: string): unknown {
  const yaml = readYaml(text);
  const slip = yaml.ok ? yaml.slips.find(({ severity }) => severity === 'error') : undefined;
  const mistake = yaml.ok ? slip && { ...slip.place, reason: slip.reason } : yaml.mistake;
  if (!yaml.ok || mistake !== undefined) {
    const { line, column, reason } = mistake!;
    throw unusable(file, `line ${line}, column ${column}: ${reason}`);
  }
  return yaml.value;
}

function unusable(file: string, reason: string, cause?: Error): TierlinkError {
  return new TierlinkError('SIMULATION_FILE', { file, reason }, cause && { cause });
}
