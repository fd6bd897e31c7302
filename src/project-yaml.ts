import type { z } from 'zod';
import { readYaml } from './program/yaml/text.ts';
import { yamlPlace } from './yaml-places.ts';

/** One thing wrong in a YAML file, where an editor can find it. Line and column start at 1. */
export interface YamlIssue {
  line: number;
  column: number;
  /** Key path such as connections.prod.crm; empty for the whole file. */
  path: string;
  reason: string;
}

export type YamlResult<T> = { ok: true; value: T } | { ok: false; issues: [YamlIssue, ...YamlIssue[]] };

type PathKey = string | number;

/** Parses YAML against a schema; each issue carries the place of the value or key that caused it. */
export function parseYaml<T>(text: string, schema: z.ZodType<T>): YamlResult<T> {
  const yaml = readYaml(text);
  if (!yaml.ok) return { ok: false, issues: [{ ...yaml.mistake, path: '' }] };
  const slips = yaml.slips.filter(({ severity }) => severity === 'error');
  const [first, ...rest] = slips.map(({ place, path, reason }) => ({
    ...place,
    path: path.join('.'),
    reason,
  }));
  if (first !== undefined) return { ok: false, issues: [first, ...rest] };
  const parsed = schema.safeParse(yaml.value ?? {});
  if (parsed.success) return { ok: true, value: parsed.data };
  const issues = parsed.error.issues.flatMap((issue) =>
    issuePaths(issue).map(({ path, reason }) => ({
      ...yamlPlace(yaml, path),
      path: path.join('.'),
      reason,
    })),
  );
  return { ok: false, issues: issues as [YamlIssue, ...YamlIssue[]] };
}

/** An unknown key is reported at the key itself, one issue for each. */
function issuePaths(issue: z.core.$ZodIssue): { path: PathKey[]; reason: string }[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  if (issue.code !== 'unrecognized_keys') return [{ path, reason: reasonOf(issue) }];
  return issue.keys.map((key) => ({ path: [...path, key], reason: 'is not a known key' }));
}

function reasonOf({ code, message, path }: z.core.$ZodIssue): string {
  if (code === 'invalid_type' && path.length === 0) return 'it is not a list of keys with their values';
  return code === 'invalid_type' && message.endsWith('received undefined') ? 'is missing' : message;
}
