/**
 * What a mapping promises for one attribute that both sides may change, told without the engine: the values that both
 * sides hold and those they last agreed on. Where a pass was cut short or could not see everything, several ends are
 * possible; the model keeps all of them and drops those that what happened has refuted.
 */
export type Value = string | null;

export interface Sides {
  ours: Value;
  theirs: Value;
  /** What both had at the last agreement; they differ where a blank of the CRM's does not clear ours. */
  agreedOurs: Value;
  agreedTheirs: Value;
}

export interface Rule {
  policy: 'crm' | 'program' | 'newest' | 'ask';
  onBlank: 'clear' | 'keep';
}

/** Both sides as they are after the first reading. */
export function atFirst(value: Value): Sides {
  return { ours: value, theirs: value, agreedOurs: value, agreedTheirs: value };
}

const agreed = (ours: Value, theirs: Value): Sides => ({
  ours,
  theirs,
  agreedOurs: ours,
  agreedTheirs: theirs,
});

function take(sides: Sides, { onBlank }: Rule): Sides {
  if (sides.theirs === null && onBlank === 'keep') return agreed(sides.ours, null);
  return agreed(sides.theirs, sides.theirs);
}

const give = ({ ours }: Sides): Sides => agreed(ours, ours);

/** What a whole pass makes of them. */
export function afterPass(sides: Sides, rule: Rule): Sides[] {
  if (sides.ours === sides.theirs) return [agreed(sides.ours, sides.theirs)];
  const oursChanged = sides.ours !== sides.agreedOurs;
  const theirsChanged = sides.theirs !== sides.agreedTheirs;
  if (!oursChanged && !theirsChanged) return [sides];
  if (!oursChanged) return [take(sides, rule)];
  if (!theirsChanged) return [give(sides)];
  if (rule.policy === 'crm') return [take(sides, rule)];
  if (rule.policy === 'program') return [give(sides)];
  // Which one is newer is a matter of whole records and of the clocks of both.
  if (rule.policy === 'newest') return [take(sides, rule), give(sides)];
  return [sides];
}

/** A pass that did not see the latest change in the CRM. */
export function afterBlindPass(sides: Sides, rule: Rule): Sides[] {
  const unseen = sides.ours === sides.agreedOurs ? sides : give(sides);
  return [unseen, ...afterPass(sides, rule)];
}

/** A pass that was cut short anywhere. */
export function afterBrokenPass(sides: Sides, rule: Rule): Sides[] {
  const whole = afterPass(sides, rule);
  const onlyRead = whole.map((end) => (end.theirs === sides.theirs ? end : sides));
  const unheard = whole
    .filter((end) => end.theirs !== sides.theirs)
    .map((end) => ({ ...sides, theirs: end.theirs }));
  return [sides, ...whole, ...onlyRead, ...unheard];
}

/**
 * A pass during which somebody edited the field in the CRM: before it was read, after all was done, or between the
 * reading and a write that then covered it (docs/adr/0008). `ends` says what a pass makes of sides.
 */
export function afterEdit(sides: Sides, ends: (sides: Sides) => Sides[], value: Value): Sides[] {
  const undisturbed = ends(sides);
  const written = undisturbed.filter((end) => end.theirs !== sides.theirs);
  return [
    ...ends({ ...sides, theirs: value }),
    ...undisturbed.map((end) => ({ ...end, theirs: value })),
    ...written,
  ];
}

/** Each possibility once. */
export function distinct(all: readonly Sides[]): Sides[] {
  return [...new Map(all.map((sides) => [JSON.stringify(sides), sides])).values()];
}
