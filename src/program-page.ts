import { programJsonSchema } from './program/json-schema.ts';
import type { JsonSchema } from './program/schema-keys.ts';
import { type ScoreForm, scoreForms } from './program/score-parts.ts';

/** The text of docs/composed-kpis.md: the composed KPIs of the program language, made from its schema. */

/** How each form is used: KPIs as they stand in a program file beside the measured ones of `examplesRestOn`. */
export const scoreExamples: Readonly<Record<ScoreForm, string>> = {
  linear: `certificatePoints:
  label: Certified people
  help: 20 points for 5 certified people, fewer in proportion.
  unit: points
  score:
    linear: { of: certifiedPeople, full: 5, points: 20 }`,
  each: `revenuePoints:
  label: Revenue points
  help: 5 points for each 1,000 USD, 300 at most.
  unit: points
  score:
    each: { of: revenue, points: 5, per: 1000, cap: 300 }`,
  bands: `speedPoints:
  label: Speed
  help: 10 points for deals closed within 30 days, 5 within 60.
  unit: points
  score:
    bands:
      of: salesCycle
      table:
        - { from: 0, points: 10 }
        - { above: 30, points: 5 }
        - { above: 60, points: 0 }`,
  sum: `total:
  label: Total
  help: All points.
  unit: points
  score:
    sum: [certificatePoints, revenuePoints]`,
  difference: `fundsLeft:
  label: Funds left
  help: What was accrued, less what was paid out and what is promised.
  unit: money
  score:
    difference: { of: accrued, less: [paidOut, promised] }`,
  weighted: `health:
  label: Health
  help: 0 to 100; certificates weigh twice as much as revenue.
  unit: points
  score:
    weighted:
      of:
        - { kpi: certifiedPeople, weight: 2, full: 10 }
        - { kpi: revenue, weight: 1, full: 500000 USD }
      to: 100`,
  best: `bestArea:
  label: Best area
  help: The better of two areas.
  unit: points
  score:
    best: [certificatePoints, revenuePoints]`,
  worst: `weakestMetric:
  label: Weakest metric
  help: A tier may ask that no metric is at zero.
  unit: points
  score:
    worst: [certificatePoints, revenuePoints]`,
  steps: `skillPoints:
  label: Skills
  help: First two certified people; from then on points for revenue, 10 at most.
  unit: points
  score:
    steps:
      - { label: Two certified people, points: 4, needs: { kpi: certifiedPeople, atLeast: 2 } }
      - { label: Revenue, points: revenuePoints, most: 10 }`,
  choose: `ownPoints:
  label: Points of the own track
  help: Managed service providers are scored by revenue, everybody else by certificates.
  unit: points
  score:
    choose:
      - { when: { partner: { attribute: types, is: msp } }, use: revenuePoints }
      - { otherwise: certificatePoints }`,
  bestTrack: `eitherTrack:
  label: Better track
  help: Scored as Enterprise and as SMB; the better counts.
  unit: points
  score:
    bestTrack: { of: peoplePoints }`,
  overRegions: `regionsServed:
  label: Regions served
  help: The number of regions with at least 3 certified people.
  unit: count
  score:
    overRegions: { of: certifiedPeople, take: count, atLeast: 3 }`,
};

/** What the examples rest on: tracks, regions, measured KPIs, and one whose number differs by track. */
export const examplesRestOn = {
  regions: `regions:
  records: { certification: person.partner.country }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, SE] }
    - { key: world, label: Rest of the world, countries: otherwise }`,
  tracks: `tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: revenue, atLeast: 1000000 } }
  - { key: smb, label: SMB }`,
  trackKeeping: 'trackKeeping: fiscalYear',
  byTrack: `peoplePoints:
  label: People
  help: 20 points for 20 certified people (Enterprise) or 5 (SMB).
  unit: points
  score:
    linear: { of: certifiedPeople, full: { enterprise: 20, smb: 5 }, points: 20 }`,
};

export function programPage(): string {
  return `# Composed KPIs and tracks

Chapter 4 of [Writing a program](writing-a-program.md); next: [Regions](regions.md).

A KPI of a program is measured from records (\`measure\`, \`ratio\`, \`difference\`, \`growth\`) or composed of other KPIs of the
same partner: \`score\`. A composed KPI is a KPI like any other. Requirements, the ideal profile, other scores and the CRM's
reports use it by its name, and \`tierlink kpi show <partner> <kpi>\` shows what each part has and brings. Everything is
exact; nothing is rounded unless the KPI says \`round\`.

Whole programs that use it are in [programs/published](../programs/published).

${scoreForms.map(formSection).join('\n')}
## Numbers that differ by track

A program can have tracks. A partner is on the first one whose condition holds; the last one takes everybody else. What
decides is a KPI or an attribute of the partner, such as one in which the partner's choice is kept.

\`\`\`yaml
${examplesRestOn.tracks}
\`\`\`

Every number of a score, and every threshold of a requirement, may then be given per track:

\`\`\`yaml
kpis:
${indented(examplesRestOn.byTrack)}
\`\`\`

The track is that of today: it changes as soon as its condition does. To keep the better of both, use \`bestTrack\` for one
figure, and [\`onBestTrack\`](ladders.md#tiers-on-the-best-track) for a tier that asks for several.

### Tracks that are kept for a period

With \`trackKeeping\` a track that was given is kept, whatever its condition says meanwhile:

\`\`\`yaml
${examplesRestOn.trackKeeping}
\`\`\`

| \`trackKeeping\` | a track that is given on 10 March 2026 is kept until |
|---|---|
| \`month\`, \`quarter\`, \`year\` | the first day of the next one: 1 April 2026, 1 April 2026, 1 January 2027 |
| \`fiscalQuarter\`, \`fiscalYear\` | the same, by \`fiscalYearStart\` |
| \`12 months\`, \`90 days\` and so on | that long after it was given: 10 March 2027, 8 June 2026 |

- A partner is given its first track when its figures are first computed. On the day after the last one on which it is
  kept, the partner is given the first track whose condition holds then, the same one or another, and that is kept in turn.
- While figures or attributes that decide are late or partial, nobody is given a track: one that was given stays, also behind
  its day, and costs nobody a tier then. Who has none is on the track of today. Once they are complete, the track is
  given, from that day on.
- A version of the rules that has a track no more gives its partners another one at once. One that changes \`trackKeeping\`
  leaves the tracks that were given until the day that was said then; without \`trackKeeping\` the track is that of today.
- A partner that another one was merged into keeps its own track. A subsidiary has a track of its own; where the tier is
  that of the company, it is decided by the track of the partner at the top.
- A rank cannot decide about tracks that are kept.

\`tierlink tier why\` says since when a partner is on its track and until when it keeps it, and evidence of decisions has
both. \`tier evaluate --as-of\` and \`backtest\` take the track that was given by then, closed periods that of their last day,
\`simulate\` the one that is kept, and \`forecast\` goes on by the same rule.

Numbers can differ by region in the same way, and \`overRegions\` looks at a KPI region by region: [regions.md](regions.md).

## When a part has nothing to measure

| the part says \`whenEmpty\` | the score |
|---|---|
| \`pending\` (the default) | has no figure either, and names the part; it neither raises nor lowers a tier |
| \`zero\`, \`one\` | goes on with that figure |
| \`fail\` | counts the fewest points that the part can bring |
| \`pass\` | counts the most points that the part can bring; where there is no limit, it has no figure |

A measured figure that \`sum\`, \`difference\`, \`best\`, \`worst\` or \`choose\` takes as it is has no fewest and no most, unless it
is a share of counted records. The fewest points of a score are 0, or less where its bands, steps or a difference take points
away; what a step brings at most is also limited by its \`most\`. Of what a \`difference\` takes away, \`fail\` counts the most and
\`pass\` the fewest.

Of \`choose\` only what is chosen has to be known, and of \`steps\` nothing behind a step that does not hold. A score can say
\`whenEmpty\` itself for the case that it has no figure. A part that cannot be computed, or whose inputs are late, makes the
score so too, with the part's name in the reason.

## What fits together

- \`linear\`, \`each\`, \`bands\` and \`steps\` give points. \`sum\`, \`difference\`, \`best\`, \`worst\`, \`choose\`, \`bestTrack\` and
  \`overRegions\` (where it does not count regions) have the unit of their parts, which must be the same. Shares (\`percent\`,
  \`ratio\`) cannot be added up, but one can be taken from another. \`weighted\` gives points, a percentage or a number.
- Where a KPI is better when it is lower, \`linear\`, \`each\` and \`weighted\` are refused: use \`bands\`.
- \`full\`, \`per\`, \`from\` and \`above\` are in the unit of the KPI that is scored; an amount may name its currency.
- Parts are all of the partner alone, or all with \`rollUp: company\`. The score is what its parts are.
- \`minimumSample\`, \`freshness\` and \`rollUp\` belong on the parts.
- No KPI may be made of itself, not even through a condition or a track.
`;
}

function formSection(form: ScoreForm): string {
  const schema = partOfSchema(form);
  return `## ${form}

${schema.description}

\`\`\`yaml
kpis:
${indented(scoreExamples[form])}
\`\`\`
${keyTable(schema)}`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function partOfSchema(form: ScoreForm): JsonSchema {
  const { $defs } = programJsonSchema() as {
    $defs: Record<string, { properties: Record<string, JsonSchema> }>;
  };
  return $defs.score!.properties[form]!;
}

interface KeyRow {
  key: string;
  description: string;
}

/** Keys that explain themselves have no row. */
function keyTable(schema: JsonSchema): string {
  const rows = keyRows(schema, '');
  if (rows.length === 0) return '';
  const lines = rows.map(({ key, description }) => `| \`${key}\` | ${description} |`);
  return `\n| key | what it says |\n|---|---|\n${lines.join('\n')}\n`;
}

function keyRows({ properties, items }: JsonSchema, path: string): KeyRow[] {
  if (items !== undefined) return keyRows(items as JsonSchema, path);
  return Object.entries((properties ?? {}) as Record<string, JsonSchema>).flatMap(([key, inner]) => {
    const description = inner.description as string | undefined;
    const own = description === undefined ? [] : [{ key: path + key, description }];
    return [...own, ...keyRows(inner, `${path}${key}.`)];
  });
}
