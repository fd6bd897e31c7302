import { suggestion } from '../model/closest.ts';
import type { ProgramFindingCode } from './finding-codes.ts';
import type { ProgramDefinition, WrittenProgram } from './schema/schema.ts';
import { type MadeFor, type Template, templatesSchema } from './schema/template.ts';
import { findingAt, type PathKey, type ProgramFinding, type ProgramSource } from './source.ts';

/** What templates make of a file: the file with the parts written out, and where each of them comes from. */
interface WrittenOut {
  value: Record<string, unknown>;
  origins: Map<string, Origin>;
  mistakes: Mistake[];
}

interface Origin {
  path: PathKey[];
  made: MadeFor;
}

interface Mistake {
  code: ProgramFindingCode;
  path: PathKey[];
  reason: string;
}

/** A file whose templates are written out: what is said of a part is said at its template. */
export interface TemplatedSource extends ProgramSource {
  /** What is wrong with the templates themselves. */
  mistakes: readonly ProgramFinding[];
  /** For which value of which template a KPI or a specialisation is made; undefined for what stands in the file itself. */
  madeFor(kind: Kind, name: string | number): MadeFor | undefined;
}

type Kind = 'kpis' | 'specialisations';
type Raw = Record<string, unknown>;

/** Writes the templates of a file out. Templates that are not sound are left to the schema, which refuses them. */
export function withTemplates(source: ProgramSource): TemplatedSource {
  const file = isRaw(source.value) ? source.value : {};
  const parsed = templatesSchema.safeParse(file.forEach);
  const templates = parsed.success ? parsed.data : [];
  // What an unsound template makes is not known, so that no KPIs can be said to be missing.
  const isTemplated = !parsed.success || templates.length > 0;
  const { value, origins, mistakes } = writtenOut(file, templates);
  const originOf = (path: readonly PathKey[]) => origins.get(keyOf(path.slice(0, 2)));
  const placeAt = (path: readonly PathKey[]) => {
    const origin = originOf(path);
    return origin === undefined ? { path: [...path], of: null } : inTemplate(origin, path);
  };
  return {
    ...source,
    value: isTemplated ? value : source.value,
    placeOf: (path) => source.placeOf(placeAt(path).path),
    writtenAt: (path) => {
      const written = source.writtenAt(placeAt(path).path);
      // The word of a value is what is wrong then, not its name.
      return originOf(path) !== undefined && written?.match(placeholder) ? undefined : written;
    },
    originOf: placeAt,
    mistakes: mistakes.map((mistake) => findingAt(source, mistake)),
    madeFor: (kind, name) => originOf([kind, name])?.made,
  };
}

function inTemplate({ path, made }: Origin, at: readonly PathKey[]): { path: PathKey[]; of: string } {
  return { path: [...path, ...at.slice(2)], of: made.value };
}

function keyOf(path: readonly PathKey[]): string {
  return path.join('\n');
}

function writtenOut(file: Raw, templates: readonly Template[]): WrittenOut {
  const kpis = blockOf(file.kpis);
  const specialisations = listOf(file.specialisations);
  const origins = new Map<string, Origin>();
  const mistakes: Mistake[] = [];
  templates.forEach((template, index) => {
    const path: PathKey[] = ['forEach', index];
    mistakes.push(...mistakesOf(template, path));
    for (const words of template.values) {
      const made = (part: string): MadeFor => ({
        each: template.each,
        value: words.label,
        part: `${index}.${part}`,
      });
      for (const [name, kpi] of Object.entries(template.kpis)) {
        const own = String(filled(name, words));
        const at = [...path, 'kpis', name];
        if (kpis === undefined) continue;
        if (Object.hasOwn(kpis, own))
          mistakes.push({ code: 'PROGRAM_DUPLICATE', path: at, reason: twice(own, name, template) });
        else {
          kpis[own] = filled(kpi, words);
          origins.set(keyOf(['kpis', own]), { path: at, made: made(name) });
        }
      }
      template.specialisations.forEach((one, position) => {
        if (specialisations === undefined) return;
        const at = [...path, 'specialisations', position];
        origins.set(keyOf(['specialisations', specialisations.length]), {
          path: at,
          made: made(`${position}`),
        });
        specialisations.push(filled(one, words));
      });
    }
  });
  const value = {
    ...file,
    ...(kpis !== undefined && { kpis }),
    ...(specialisations !== undefined && { specialisations }),
  };
  return { value, origins, mistakes };
}

/** The KPIs of a file, to be added to; undefined for what is no block, which stays as it is for the schema to refuse. */
function blockOf(written: unknown): Raw | undefined {
  if (written === undefined) return {};
  return isRaw(written) ? { ...written } : undefined;
}

/** The specialisations of a file, to be added to; undefined for what is no list, which stays as it is for the schema to refuse. */
function listOf(written: unknown): unknown[] | undefined {
  if (written === undefined) return [];
  return Array.isArray(written) ? [...written] : undefined;
}

function twice(own: string, name: string, { each, values }: Template): string {
  if (own !== name) return `"${own}" is there already; give the KPI or the value another name`;
  return values.length === 1
    ? `"${own}" is there already, and a name made for each ${each} contains <key>, such as <key>People`
    : `would be one KPI for each ${each} under the same name; put <key> into it, such as <key>People`;
}

/** The word of a value, as <word>; in doubled brackets the text <word> itself. */
const placeholder = /<(<[A-Za-z][A-Za-z0-9]*>)>|<([A-Za-z][A-Za-z0-9]*)>/g;

/** A part with the words of a value in the place of <word>; one that is nothing else stays a number where it is one. */
function filled(part: unknown, words: Raw): unknown {
  if (Array.isArray(part)) return part.map((one) => filled(one, words));
  if (isRaw(part))
    return Object.fromEntries(
      Object.entries(part).map(([key, one]) => [String(filled(key, words)), filled(one, words)]),
    );
  if (typeof part !== 'string') return part;
  const [whole] = part.matchAll(placeholder);
  const isWord = whole?.[0] === part && whole[2] !== undefined;
  if (isWord) return Object.hasOwn(words, whole[2]!) ? words[whole[2]!] : part;
  return part.replace(placeholder, (text, literal: string | undefined, word: string) => {
    if (literal !== undefined) return literal;
    return Object.hasOwn(words, word) ? String(words[word]) : text;
  });
}

/** What is wrong with a template: words that its parts name and its values do not have, and what changes nothing. */
function mistakesOf(template: Template, path: PathKey[]): Mistake[] {
  const { values, kpis, specialisations } = template;
  if (Object.keys(kpis).length === 0 && specialisations.length === 0)
    return [
      { code: 'PROGRAM_NO_EFFECT', path, reason: 'makes nothing; write kpis or specialisations into it' },
    ];
  const found = new Map<string, PathKey[]>();
  collect(kpis, [...path, 'kpis'], found);
  collect(specialisations, [...path, 'specialisations'], found);
  const known = new Set(values.flatMap((value) => Object.keys(value)));
  const missing = [...found].flatMap(([word, at]): Mistake[] => {
    if (known.has(word)) return missingIn(values, word, path);
    const reason = `<${word}> is no word of the values, which have ${[...known].join(', ')}${suggestion(word, [...known])}`;
    return [{ code: 'PROGRAM_UNKNOWN_WORD', path: at, reason }];
  });
  return [...missing, ...unusedIn(values, [...found.keys()], path)];
}

function missingIn(values: Template['values'], word: string, path: PathKey[]): Mistake[] {
  return values.flatMap((value, index): Mistake[] => {
    if (Object.hasOwn(value, word)) return [];
    const reason = `${value.label} has no "${word}", which the parts name as <${word}>; add it`;
    return [{ code: 'PROGRAM_INCOMPLETE', path: [...path, 'values', index], reason }];
  });
}

/**
 * Words of the values that no part names, each at the first value; each value has a key and a label in any case. One that a part
 * names in another spelling is told there.
 */
function unusedIn(values: Template['values'], named: readonly string[], path: PathKey[]): Mistake[] {
  const known = new Set(values.flatMap((value) => Object.keys(value)));
  const unknown = named.filter((word) => !known.has(word));
  const seen = new Set([...named, 'key', 'label']);
  return values.flatMap((value, index) =>
    Object.keys(value).flatMap((word): Mistake[] => {
      if (seen.has(word) || suggestion(word, unknown) !== '') return [];
      seen.add(word);
      const proposed = suggestion(word, named) || `; leave it out, or name it as <${word}>`;
      const reason = `no part names "${word}"${proposed}`;
      return [{ code: 'PROGRAM_NO_EFFECT', path: [...path, 'values', index, word], reason }];
    }),
  );
}

function collect(part: unknown, path: PathKey[], into: Map<string, PathKey[]>): void {
  const note = (text: string, at: PathKey[]) => {
    for (const [, , word] of text.matchAll(placeholder))
      if (word !== undefined && !into.has(word)) into.set(word, at);
  };
  if (typeof part === 'string') note(part, path);
  else if (Array.isArray(part)) {
    for (const [index, one] of part.entries()) collect(one, [...path, index], into);
  } else if (isRaw(part))
    for (const [key, one] of Object.entries(part)) {
      note(key, [...path, key]);
      collect(one, [...path, key], into);
    }
}

/** A program with what its templates have made marked as such. */
export function marked(
  program: WrittenProgram,
  { madeFor }: Pick<TemplatedSource, 'madeFor'>,
): ProgramDefinition {
  if (program.forEach.length === 0) return program;
  const mark = <T extends object>(kind: Kind, name: string | number, one: T) => {
    const madeBy = madeFor(kind, name);
    return madeBy === undefined ? one : { ...one, madeFor: madeBy };
  };
  return {
    ...program,
    kpis: Object.fromEntries(Object.entries(program.kpis).map(([key, kpi]) => [key, mark('kpis', key, kpi)])),
    specialisations: program.specialisations.map((one, index) => mark('specialisations', index, one)),
  };
}

/**
 * Of what is wrong with one part of a template for several values only the first, with how many others there are. What stands
 * in the file itself is left as it is.
 */
export function oncePerPart(findings: readonly ProgramFinding[]): ProgramFinding[] {
  const first = new Map<string, { finding: ProgramFinding; others: Set<string> }>();
  const all: { finding: ProgramFinding; others: Set<string> }[] = [];
  for (const finding of findings) {
    const key = `${finding.code} ${finding.path}`;
    const known = finding.of === undefined ? undefined : first.get(key);
    if (known !== undefined) {
      if (finding.of !== known.finding.of) known.others.add(finding.of!);
      continue;
    }
    const one = { finding, others: new Set<string>() };
    if (finding.of !== undefined) first.set(key, one);
    all.push(one);
  }
  return all.map(({ finding: { of, ...finding }, others }) => {
    if (of === undefined) return finding;
    const more = others.size === 0 ? '' : ` and ${others.size} more`;
    return { ...finding, reason: `${finding.reason} (for ${of}${more})` };
  });
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
