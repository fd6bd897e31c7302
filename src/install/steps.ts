import {
  type FoundShape,
  type Inspection,
  type InstallPart,
  type PartReason,
  partId,
  type WantedShape,
} from '../sync/installer.ts';

/**
 * What is to be done about a part. create: made · extend: there, and completed · exists: there, as we make it · reuse: other
 * people's, and it serves · missing: other people's, and not there · byHand: a person has to do it · conflict: there as
 * something that does not serve, so that nothing is installed at all.
 */
export const actions = ['create', 'extend', 'exists', 'reuse', 'missing', 'byHand', 'conflict'] as const;
export type InstallAction = (typeof actions)[number];

/** A part beside what was found of it. */
export interface InstallStep {
  part: InstallPart;
  found: FoundShape | null;
  action: InstallAction;
  /** Values or rights that it lacks, as the CRM stores them. */
  adds: string[];
  /** What a person should know about it; null where the action says all. */
  note: string | null;
}

/** Whether a step is done by us. */
export function isWrite({ action }: Pick<InstallStep, 'action'>): boolean {
  return action === 'create' || action === 'extend';
}

/** Compares what is needed with what is there. In the order of the parts. Pure. */
export function installSteps(parts: readonly InstallPart[], found: Inspection['found']): InstallStep[] {
  const steps = new Map<string, InstallStep>();
  for (const [index, part] of parts.entries()) {
    const step = unlessItComes(stepOf(part, found[index] ?? null), steps);
    steps.set(partId(part), isWrite(step) ? unlessItLacks(step, steps) : step);
  }
  return [...steps.values()];
}

/** What is not there and may come with something that is made is completed then. */
function unlessItComes(step: InstallStep, steps: ReadonlyMap<string, InstallStep>): InstallStep {
  const { comesWith, want } = step.part;
  if (step.action !== 'missing' || comesWith === undefined || steps.get(comesWith)?.action !== 'create')
    return step;
  const note = `it is completed if it comes with the ${comesWith}`;
  return { ...step, action: 'extend', adds: Object.keys(want.includes), note };
}

/** Whether what a step completes was not there when it was looked at. */
export function isToCome({ action, found }: Pick<InstallStep, 'action' | 'found'>): boolean {
  return action === 'extend' && found === null;
}

function stepOf(part: InstallPart, found: FoundShape | null): InstallStep {
  const all = Object.keys(part.want.includes);
  const step = { part, found };
  if (found === null) {
    if (part.may === 'create') return { ...step, action: 'create', adds: all, note: null };
    if (part.may !== 'byHand') return { ...step, action: 'missing', adds: [], note: null };
    return { ...step, action: 'byHand', adds: [], note: all.length === 0 ? null : lackOf(part.want, all) };
  }
  if (found.unseen !== undefined)
    return {
      ...step,
      action: 'byHand',
      adds: [],
      note: `${found.unseen}; it has to have ${wordsOf(part.want, all)}`,
    };
  const clash = clashOf(part.want, found);
  if (clash !== null) return { ...step, action: 'conflict', adds: [], note: clash };
  const adds = all.filter((value) => !found.values.includes(value));
  const narrow = narrowOf(part.want, found);
  const mayAdd = part.may === 'create' || part.may === 'extend';
  if (mayAdd && (adds.length > 0 || found.unfinished !== null))
    return { ...step, action: 'extend', adds, note: extendNote(found, narrow) };
  const lacks = adds.length > 0 ? lackOf(part.want, adds) : narrow;
  if (lacks !== null) return { ...step, action: 'byHand', adds: [], note: lacks };
  return { ...step, action: part.may === 'create' ? 'exists' : 'reuse', adds: [], note: null };
}

function extendNote({ unfinished, through }: FoundShape, narrow: string | null): string | null {
  const notes = [narrow ?? unfinished, through === undefined ? null : `it is completed through ${through}`];
  return notes.filter((note) => note !== null).join('; ') || null;
}

/** What builds on a part that is not there cannot be made either. */
function unlessItLacks(step: InstallStep, steps: ReadonlyMap<string, InstallStep>): InstallStep {
  const lacking = step.part.needs.find((id) => steps.get(id)?.action === 'missing');
  return lacking === undefined
    ? step
    : { ...step, action: 'missing', adds: [], note: `it needs the ${lacking}, which is not there` };
}

/** Why what is there does not serve; null where it may. */
function clashOf({ types, exactly }: WantedShape, { type, traits }: FoundShape): string | null {
  if (types.length > 0 && !types.includes(type)) return `it is ${type}, and the mappings need ${types[0]}`;
  for (const [name, wanted] of Object.entries(exactly)) {
    const is = traits[name];
    if (is !== undefined && is !== wanted)
      return `its ${name} is ${String(is)}, and the mappings need ${String(wanted)}`;
  }
  return null;
}

/** What is there and too small; it is never changed by us, as others rely on it. */
function narrowOf({ atLeast }: WantedShape, { traits }: FoundShape): string | null {
  for (const [name, wanted] of Object.entries(atLeast)) {
    const is = traits[name];
    if (typeof is === 'number' && is < wanted)
      return `its ${name} is ${is}, and the mappings need ${wanted}; what does not fit will be refused`;
  }
  return null;
}

/** Values that a note names; the part has all. */
const toldValues = 8;

function lackOf(want: WantedShape, values: readonly string[]): string {
  const more = values.length - toldValues;
  return `it lacks ${wordsOf(want, values.slice(0, toldValues))}${more > 0 ? ` and ${more} more` : ''}`;
}

function wordsOf({ includes }: WantedShape, values: readonly string[]): string {
  return values.map((value) => includes[value] ?? value).join(', ');
}

/** A part as the audit keeps it: traits by name, values in one text. */
export function shapeRecord(step: InstallStep): {
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
} {
  const { part, found, adds } = step;
  const { types, exactly, atLeast } = part.want;
  const made = { ...(types[0] === undefined ? {} : { type: types[0] }), ...exactly, ...atLeast };
  const values = adds.length === 0 ? {} : { values: wordsOf(part.want, adds) };
  if (found === null) return { before: null, after: { ...made, ...values } };
  const { type, unfinished, through } = found;
  return {
    before: { type, ...(unfinished === null ? {} : { unfinished }) },
    after: { type, ...values, ...(through === undefined ? {} : { through }) },
  };
}

/**
 * Which of the values that a step was to add are there by now; null where nothing came of the step, or something else has the
 * name of the part. now: what is found of it. Pure.
 */
export function gainedBy({ part, found, adds }: InstallStep, now: FoundShape | null): string[] | null {
  if (now === null || clashOf(part.want, now) !== null) return null;
  const gained = adds.filter((value) => now.values.includes(value));
  const isSame = found !== null && gained.length === 0 && found.unfinished === now.unfinished;
  return isSame ? null : gained;
}

/** A reason as a person reads it: partner.yaml attributes.tier. */
export function reasonText({ file, path }: PartReason): string {
  return `${file.split(/[\\/]/).at(-1)} ${path.join('.')}`;
}
