import { z } from 'zod';
import {
  defaultMatching,
  type EntityMatching,
  type MatchedEntity,
  type Matching,
  matchedEntities,
  matchRules,
} from './model/match-keys.ts';
import { filesAlias } from './model/record-id.ts';

/** The part of tierlink.yaml that says how records of several connections are known to be the same company. */

const rule = z.enum(matchRules);

const entityMatchingSchema = z
  .strictObject({
    join: z.array(rule).optional().describe('Rules that join by themselves, where the key is unique.'),
    review: z.array(rule).optional().describe('Rules that propose a match, which a person decides.'),
    numberAlone: z
      .boolean()
      .optional()
      .describe(
        'Whether the same number is enough to join, because the CRMs share one numbering. (Default: false: the name, VAT number or web domain has to agree too)',
      ),
  })
  .check(({ value, issues }) => {
    const { join, review } = filled(value);
    for (const [name, rules] of Object.entries({ join, review })) {
      for (const [index, each] of rules.entries()) {
        const isTwice = rules.indexOf(each) < index || (name === 'review' && join.includes(each));
        if (!isTwice) continue;
        issues.push({ code: 'custom', input: each, path: [name, index], message: `${each} is named twice` });
      }
    }
  });

export const matchingSchema = z
  .strictObject(
    Object.fromEntries(matchedEntities.map((entity) => [entity, entityMatchingSchema.optional()])) as Record<
      MatchedEntity,
      z.ZodOptional<typeof entityMatchingSchema>
    >,
  )
  .describe(
    'How records of several connections are matched. (Default: by number where the two agree under a second rule; the others are proposed)',
  );

/** What is left out is as the defaults have it, without the rules that the other list names. */
function filled(given: Partial<EntityMatching> | undefined): EntityMatching {
  const { join, review, numberAlone = defaultMatching.numberAlone } = given ?? {};
  const { join: usualJoin, review: usualReview } = defaultMatching;
  return {
    join: join ?? usualJoin.filter((each) => review?.includes(each) !== true),
    review: review ?? usualReview.filter((each) => join?.includes(each) !== true),
    numberAlone,
  };
}

/**
 * How the records of a project are matched: those of its connections, and with them what files brought in, which comes
 * last. null without a connection. One connection has something to match once there are companies from files.
 */
export function matchingOf(project: {
  connections: Readonly<Record<string, unknown>>;
  matching?: z.infer<typeof matchingSchema> | undefined;
}): Matching | null {
  const aliases = Object.keys(project.connections);
  if (aliases.length === 0) return null;
  const connections = [...aliases, filesAlias];
  const { partner, customer } = project.matching ?? {};
  return { connections, partner: filled(partner), customer: filled(customer) };
}
