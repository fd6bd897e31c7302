import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TierlinkError } from '../errors.ts';
import type { Program } from '../program/load.ts';
import type { KpiUnit } from '../program/schema-kpi.ts';
import type { ObjectMapping } from '../sync/mapping-schema.ts';
import { tierNamesOf } from '../sync/program-words.ts';
import type { SourceFile, SourceRequest } from '../sync/provision.ts';

type KpiField = SourceRequest['kpis'][number];

const kinds: Readonly<Record<KpiUnit, Pick<KpiField, 'kind' | 'scale'>>> = {
  money: { kind: 'money', scale: 2 },
  percent: { kind: 'percent', scale: 2 },
  ratio: { kind: 'number', scale: 4 },
  number: { kind: 'number', scale: 4 },
  count: { kind: 'number', scale: 0 },
  people: { kind: 'number', scale: 0 },
  days: { kind: 'days', scale: 1 },
  hours: { kind: 'number', scale: 1 },
};

/** What a connector needs to know to generate the CRM's side: mappings, KPIs and tier names of the program. */
export function sourceRequest(program: Program, mappings: readonly ObjectMapping[]): SourceRequest {
  return {
    mappings,
    kpis: Object.entries(program.kpis).map(([name, kpi]) => ({
      name,
      label: kpi.label,
      ...kinds[kpi.unit],
    })),
    tiers: tierNamesOf(program),
  };
}

/** Writes generated files. Throws FILE_EXISTS before the first one when any is there already, unless told to replace. */
export function writeSource(folder: string, files: readonly SourceFile[], replace: boolean): string[] {
  for (const { path } of files) {
    const file = join(folder, path);
    if (!replace && existsSync(file)) throw new TierlinkError('FILE_EXISTS', { file });
  }
  for (const { path, text } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return files.map(({ path }) => path);
}
