import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TierlinkError } from '../errors.ts';
import type { Program } from '../program/load.ts';
import type { KpiUnit } from '../program/schema/kpi.ts';
import type { ProjectConnection } from '../project.ts';
import type { ConnectorManifest } from '../sync/connector-manifest.ts';
import type { SourceFile, SourceRequest } from '../sync/mapping/provision.ts';
import type { ObjectMapping } from '../sync/mapping/schema.ts';
import { tierNamesOf } from '../sync/pass/program-words.ts';

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
  points: { kind: 'number', scale: 2 },
};

/** What a connector needs to know to generate the CRM's side: mappings, KPIs and tier names of the program. */
export function sourceRequest(
  program: Program,
  mappings: readonly ObjectMapping[],
  prefix?: string,
): SourceRequest {
  return {
    mappings,
    kpis: Object.entries(program.kpis).map(([name, kpi]) => ({
      name,
      label: kpi.label,
      ...kinds[kpi.unit],
    })),
    tiers: tierNamesOf(program),
    prefix,
  };
}

/**
 * The prefix of a connection as tierlink.yaml gives it; undefined where it gives none. Throws CONFIG_INVALID where the CRM has
 * none or does not take this one. `file`: tierlink.yaml.
 */
export function prefixFor(
  { prefix: rule, label }: Pick<ConnectorManifest, 'prefix' | 'label'>,
  { prefix }: Pick<ProjectConnection, 'prefix'>,
  { file, alias }: { file: string; alias: string },
): string | undefined {
  if (prefix === undefined || rule?.pattern.test(prefix) === true) return prefix;
  const reason =
    rule === null
      ? `names have no prefix in ${label}; they are as in the mappings`
      : `it must be ${rule.rule}`;
  throw new TierlinkError('CONFIG_INVALID', {
    place: file,
    reason: `connections.${alias}.prefix: ${reason}`,
  });
}

/** Which mappings the source is made for. */
export interface SourceChoice {
  mappings: readonly ObjectMapping[];
  /** Objects of optional mappings that were left out, because the org does not have them or could not be asked. */
  leftOut: string[];
  /** Why the org could not be asked; null: it was, or there was nothing to ask. */
  error: TierlinkError | null;
}

/**
 * Leaves out optional mappings whose object the org does not have: metadata that names it would not deploy. An org that
 * cannot be asked may not have it. `describe`: names of those objects that the org has; throws when it cannot be asked.
 */
export async function chooseMappings(
  mappings: readonly ObjectMapping[],
  describe: (objects: readonly string[]) => Promise<readonly string[]>,
): Promise<SourceChoice> {
  const isOptional = ({ object }: ObjectMapping) =>
    mappings.filter((each) => each.object === object).every((each) => each.optional);
  const optional = [...new Set(mappings.filter(isOptional).map(({ object }) => object))];
  if (optional.length === 0) return { mappings, leftOut: [], error: null };
  let found: readonly string[] = [];
  let error: TierlinkError | null = null;
  try {
    found = await describe(optional);
  } catch (refusal) {
    if (!(refusal instanceof TierlinkError)) throw refusal;
    error = refusal;
  }
  const leftOut = optional.filter((object) => !found.includes(object));
  return { mappings: mappings.filter(({ object }) => !leftOut.includes(object)), leftOut, error };
}

/** Writes generated files. Throws FILE_EXISTS before the first one when any is there already, unless told to replace. */
export function writeSource(folder: string, files: readonly SourceFile[], replace: boolean): string[] {
  for (const { path } of files) {
    const file = join(folder, path);
    if (!replace && existsSync(file))
      throw new TierlinkError('FILE_EXISTS', { file, command: 'tierlink install source' });
  }
  for (const { path, text } of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return files.map(({ path }) => path);
}
