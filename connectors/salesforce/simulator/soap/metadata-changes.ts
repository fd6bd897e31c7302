/**
 * Calls that make or change components at once, without a zip; what is refused stops none of the others.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_crud_based_calls_intro.htm
 */

import type { Element } from '../../../simulation/xml-read.ts';
import { type DeployMessage, deployAll } from '../deploy/deploy-all.ts';
import { requireMetadataAccess } from '../deploy/deployments.ts';
import { namesOf } from '../deploy/describe-xml.ts';
import { componentNamed } from '../deploy/package-zip.ts';
import type { Org } from '../org.ts';
import { elementOf, listOf, TYPE, textOf, type XmlElement, type XmlOutput, type XmlValue } from '../xml.ts';
import { SoapFault } from './envelope.ts';
import type { Session } from './session.ts';

/** Components of one call. */
const MOST_CHANGED = 10;

export type Change = 'create' | 'update' | 'upsert';

interface SaveError {
  message: string;
  statusCode: string;
}

/** A call that makes, changes or does either; the answers are in the order of what was given. */
export function changeMetadata(change: Change): (args: XmlElement, session: Session) => XmlOutput {
  return ({ metadata }, { context, caller }) => {
    requireMetadataAccess(context.org, caller);
    const given = listOf(metadata);
    if (given.length > MOST_CHANGED)
      throw new SoapFault(
        'sf:LIMIT_EXCEEDED',
        `LIMIT_EXCEEDED: Limit exceeded: ${change}Metadata ${MOST_CHANGED}`,
      );
    return given.map((each) =>
      changeOne(context.org, change, { given: elementOf(each), userId: caller.userId }),
    );
  };
}

function changeOne(
  org: Org,
  change: Change,
  { given, userId }: { given: XmlElement; userId: string },
): XmlOutput {
  const { [TYPE]: typed, ...content } = given;
  const [type, fullName] = [(textOf(typed) ?? '').replace(/^.*:/, ''), textOf(content.fullName) ?? ''];
  const components = componentNamed(type, fullName, asElement(content));
  if (components === undefined)
    throw new SoapFault('sf:INVALID_TYPE', 'INVALID_TYPE: Must send a concrete entity type.');
  const isThere = namesOf(org, type).includes(fullName);
  const refused = existenceError(change, { type, fullName, isThere });
  const errors = refused === null ? deployErrors(org, { components, problems: [] }, userId) : [refused];
  const isSaved = errors.length === 0;
  return {
    ...(change === 'upsert' ? { created: isSaved && !isThere } : {}),
    ...(isSaved ? {} : { errors: errors.map((each) => ({ ...each })) }),
    ...{ fullName, success: isSaved },
  };
}

function existenceError(
  change: Change,
  { type, fullName, isThere }: { type: string; fullName: string; isThere: boolean },
): SaveError | null {
  if (change === 'create' && isThere)
    return {
      message: `There is already a ${type} named ${fullName}.`,
      statusCode: 'DUPLICATE_DEVELOPER_NAME',
    };
  if (change === 'update' && !isThere)
    return { message: `no ${type} named ${fullName} found`, statusCode: 'INVALID_CROSS_REFERENCE_KEY' };
  return null;
}

function deployErrors(org: Org, contents: Parameters<typeof deployAll>[1], userId: string): SaveError[] {
  const how = { checkOnly: false, rollbackOnError: true, userId };
  return deployAll(org, contents, how).messages.flatMap(({ problem }: DeployMessage) =>
    problem === null ? [] : [{ message: problem, statusCode: statusOf(problem) }],
  );
}

function statusOf(problem: string): string {
  if (/level of access/.test(problem)) return 'INSUFFICIENT_ACCESS';
  return /cannot be found|no \w+ named .* found/.test(problem)
    ? 'INVALID_CROSS_REFERENCE_KEY'
    : 'FIELD_INTEGRITY_EXCEPTION';
}

/** As it would be read from a file. */
function asElement(given: XmlElement): Element {
  const one = (value: XmlValue): Element | string =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? asElement(value)
      : String(value ?? '');
  const children = Object.entries(given).filter(([name]) => name !== TYPE);
  return Object.fromEntries(children.map(([name, value]) => [name, listOf(value).map(one)]));
}
