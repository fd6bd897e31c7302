import type { PartReason } from '../../../src/sync/installer.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import type { InstallField, ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { isOurs, optionValuePrefix } from './publisher.ts';

/** A choice of a column: the number that rows hold, and what people see. */
export interface InstalledOption {
  value: number;
  label: string;
}

/** A column to create. Lengths are characters; precision is the digits after the point. */
export type InstalledColumn = {
  table: string;
  name: string;
  label: string;
  /** Lines of the mappings that ask for it. */
  why: PartReason[];
} & (
  | { kind: 'text' | 'memo'; length: number; isPrimaryName?: true; autoNumber?: string }
  | { kind: 'decimal' | 'money'; precision: number }
  | { kind: 'choice'; options: readonly InstalledOption[] }
  | { kind: 'lookup'; target: string }
  | { kind: 'integer' | 'boolean' | 'date' | 'dateTime' }
);

/** The longest id of ours, with room to spare. */
const keyLength = 40;
/** The longest text that is not a memo. https://learn.microsoft.com/power-apps/maker/data-platform/types-of-fields */
const longestText = 4000;
const longestLabel = 100;

const keyColumn = { label: 'Tierlink Id', kind: 'text', length: keyLength } as const;

/** Columns that the solution brings: those that the mappings install and that have its prefix. */
export function installedColumns(request: SourceRequest): InstalledColumn[] {
  return neededColumns(request).filter(({ name }) => isOurs(name, request));
}

/** Columns that the mappings say what to make of, and our own of their keys; each once, in the order of the mappings. */
export function neededColumns(request: SourceRequest): InstalledColumn[] {
  const columns = new Map<string, InstalledColumn>();
  const add = (column: InstalledColumn): void => {
    const name = `${column.table}.${column.name}`;
    const known = columns.get(name);
    if (known === undefined) columns.set(name, column);
    else known.why.push(...column.why);
  };
  for (const mapping of request.mappings) {
    const { object: table, key, file } = mapping;
    if (key !== undefined && isOurs(key, request))
      add({ table, name: key, ...keyColumn, why: [{ file, path: ['key'] }] });
    for (const [attribute, spec] of Object.entries(mapping.attributes)) {
      const install = spec.install ?? kpiColumn(request, attribute);
      if (install === undefined) continue;
      const label = install.label ?? spec.label ?? labelOf(spec.field);
      const why = [{ file, path: ['attributes', attribute] }];
      const named = { table, name: spec.field, label: label.slice(0, longestLabel), why };
      add({ ...named, ...shape(install, choicesOf(spec, install, request.tiers)) });
    }
  }
  return [...columns.values()];
}

/** An attribute kpi.<name> without an install block gets its column from the program. */
function kpiColumn(request: SourceRequest, attribute: string): InstallField | undefined {
  const kpi = request.kpis.find((each) => `kpi.${each.name}` === attribute);
  return kpi === undefined
    ? undefined
    : { type: 'number', label: kpi.label, precision: 18, scale: kpi.scale };
}

/** tierlink_nextreview: nextreview. What people see should come from the mapping. */
function labelOf(column: string): string {
  return column.replace(/^[a-z][a-z0-9]*_/, '').replaceAll('_', ' ');
}

type Spec = ObjectMapping['attributes'][string];

/**
 * Rows hold numbers for choices. Those that the mapping gives by its transform are used; others are counted from the
 * publisher's own range, in the order of the values.
 */
function choicesOf(spec: Spec, install: InstallField, tiers: readonly string[]): InstalledOption[] {
  const values = install.values === 'tiers' ? tiers : (install.values ?? []);
  const mapped = spec.transform?.kind === 'values' ? Object.entries(spec.transform.map) : [];
  return values.map((value, index) => {
    const number = Number(mapped.find(([, ours]) => ours === value)?.[0] ?? Number.NaN);
    return {
      value: Number.isSafeInteger(number) ? number : optionValuePrefix * 10_000 + index,
      label: optionLabel(value),
    };
  });
}

/** at_risk: At risk */
function optionLabel(value: string): string {
  const words = value.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

type Shape = InstalledColumn extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'table' | 'name' | 'label' | 'why'>
    : never
  : never;

function shape(install: InstallField, options: readonly InstalledOption[]): Shape {
  switch (install.type) {
    case 'checkbox':
      return { kind: 'boolean' };
    case 'number':
    case 'percent':
      return numberShape(install);
    case 'money':
      return { kind: 'money', precision: Math.min(install.scale ?? 2, 4) };
    case 'picklist':
      return { kind: 'choice', options };
    case 'lookup':
      return { kind: 'lookup', target: install.to ?? 'account' };
    case 'date':
    case 'dateTime':
      return { kind: install.type };
    case 'longText':
      return { kind: 'memo', length: install.length ?? 32_768 };
    case 'text':
      return textShape(install.length ?? 255);
  }
}

function textShape(length: number): Shape {
  return length > longestText ? { kind: 'memo', length } : { kind: 'text', length };
}

/** A whole number of the platform has 32 bits, so ten figures may be too many for it. */
function numberShape({ precision = 18, scale = 2 }: InstallField): Shape {
  return scale === 0 && precision <= 9
    ? { kind: 'integer' }
    : { kind: 'decimal', precision: Math.min(scale, 10) };
}
