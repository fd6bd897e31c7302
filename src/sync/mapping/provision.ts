import type { ObjectMapping } from './schema.ts';

/** What to generate for an admin to deploy. */
export interface SourceRequest {
  mappings: readonly ObjectMapping[];
  /** KPI names of the program with their unit, for objects that carry one field per KPI. */
  kpis: readonly {
    name: string;
    label: string;
    kind: 'number' | 'money' | 'percent' | 'days';
    scale: number;
  }[];
  /** Tier names of all ladders, lowest first. */
  tiers: readonly string[];
  /** What names of ours begin with, in a CRM where they have to. (Default: as in the mappings that come along) */
  prefix?: string | undefined;
  /** Page layouts or forms that get those of our fields that they lack: object, hyphen, name. (Default: none) */
  layouts?: readonly string[] | undefined;
}

/** A generated file: path below the output folder, with slashes. */
export interface SourceFile {
  path: string;
  text: string;
}
