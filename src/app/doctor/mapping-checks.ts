import { relative, resolve } from 'node:path';
import type { ObjectDescription } from '../../sync/crm-description.ts';
import { checkMappings } from '../../sync/mapping/check.ts';
import { checkKpis } from '../../sync/mapping/check-kpis.ts';
import { describeRelated } from '../../sync/mapping/check-paths.ts';
import { checkTypes } from '../../sync/mapping/check-types.ts';
import type { Finding } from '../../sync/mapping/finding.ts';
import { readMappings } from '../../sync/mapping/mapping.ts';
import { createdFields } from '../../sync/mapping/on-create.ts';
import type { ObjectMapping } from '../../sync/mapping/schema.ts';
import { tierNamesOf } from '../../sync/pass/program-words.ts';
import { objectsOf } from '../../sync/pull/metadata.ts';
import type { ConnectionContext } from './connection-checks.ts';
import { type DoctorCheck, type Found, fail, ok, unknown, warn } from './finding.ts';

/** What writing to a field or an object would be refused for; the write check words these itself. */
const aboutWriting: readonly Finding['code'][] = ['FIELD_READONLY', 'OBJECT_NOT_WRITABLE'];

export const mappingChecks: readonly DoctorCheck<ConnectionContext>[] = [
  { name: 'mappings', look: mappingsFound },
  { name: 'write access', look: writeAccessFound },
  { name: 'sharing', look: sharingFound },
];

/** The live check of the mappings, each finding where `map check` has it. */
async function mappingsFound(context: ConnectionContext): Promise<Found[]> {
  const { mappings, findings } = await liveFindings(context);
  const found = findings.filter(({ code }) => !aboutWriting.includes(code));
  const isSound = found.every(({ level }) => level === 'note');
  return [
    ...(isSound ? [ok(`${mappings.length} mappings fit the live metadata`)] : []),
    ...found.map((finding) => foundOf(finding, context)),
  ];
}

async function liveFindings({ app, connection }: ConnectionContext) {
  const { mappings, findings, sources } = readMappings(
    resolve(app.project.folder, connection.settings.mappings),
  );
  const connector = connection.connector();
  const descriptions = await connector.describe(objectsOf(mappings));
  const related = await describeRelated(connector, mappings, descriptions);
  const live = checkMappings(mappings, descriptions, { sources, tiers: tierNamesOf(app.program), related });
  const ofProgram = [
    ...checkKpis(mappings, app.program, sources),
    ...checkTypes(mappings, app.program, sources),
  ];
  return { mappings, findings: [...findings, ...live, ...ofProgram] };
}

const statuses = { error: 'fail', warn: 'warn', question: 'unknown', note: 'ok' } as const;

function foundOf(
  { level, code, file, line, path, message, fix, setUp }: Finding,
  { app, connection }: ConnectionContext,
): Found {
  const place = `${relative(app.project.folder, file)}:${line ?? 1}`;
  const status = statuses[level];
  return {
    status,
    ...(status === 'ok' ? {} : { code: 'DOC-M01' }),
    message: `${place}: ${path ? `${path}: ` : ''}${message} (${code})`,
    fix,
    ...(setUp === undefined ? {} : { setUp: connection.manifest.setUpPath(setUp) }),
  };
}

/** Every field that the program writes must be open to the user; one finding for each that is not. */
async function writeAccessFound(context: ConnectionContext): Promise<Found[]> {
  const { connection } = context;
  const writing = connection.mappings().filter((mapping) => sentFields(mapping).length > 0);
  const descriptions = await connection.connector().describe(objectsOf(writing));
  const judged = writing.flatMap((mapping) => {
    const description = descriptions.find((each) => each.name === mapping.object);
    return description === undefined ? [] : fieldsFound(mapping, description, context);
  });
  const refused = judged.filter((each) => each.status !== 'ok');
  if (refused.length > 0) return refused;
  return [ok(`${judged.length} of ${judged.length} fields that the program writes are writable`)];
}

/** A field that is not there is a finding of the mappings, not of the write access. */
function fieldsFound(
  { object, create, attributes, credits }: ObjectMapping,
  description: ObjectDescription,
  { connection: { manifest }, report: { user } }: ConnectionContext,
): Found[] {
  const setUp = (field: string | null) => ({
    setUp: manifest.setUpPath({ object: description.label, field }),
  });
  if (!description.updateable || (create && !description.createable)) {
    const what = description.updateable ? 'cannot be created' : 'not writable';
    return [
      {
        ...fail(
          'DOC-W01',
          `${object} ${what} by ${user}`,
          `Give the user edit access to ${object}, ${again}.`,
        ),
        ...setUp(null),
      },
    ];
  }
  return sentFields({ attributes, credits }).flatMap((name) => {
    const field = description.fields.find((each) => each.name === name);
    if (field === undefined) return [];
    if (field.calculated) {
      return [
        fail(
          'DOC-W02',
          `${object}.${name} not writable: the CRM computes it`,
          'Set "direction: in", or map another.',
        ),
      ];
    }
    if (field.updateable || (create && field.createable)) return [ok(`${object}.${name}`)];
    return [
      {
        ...fail(
          'DOC-W03',
          `${object}.${name} not writable by ${user}`,
          `Give the user edit access to it, ${again}.`,
        ),
        ...setUp(field.label),
      },
    ];
  });
}

const again = 'then run doctor again; "tierlink install source" makes a permission set or role that does';

function sentFields(mapping: Pick<ObjectMapping, 'attributes' | 'credits'>): string[] {
  const sent = Object.values(mapping.attributes).filter(({ direction }) => direction !== 'in');
  return [...new Set([...sent.map(({ field }) => field), ...createdFields(mapping)])];
}

/**
 * Records of other owners that sharing lets the user see but not edit are refused one by one when they are written.
 * Records that the program makes are its own, so those objects are not asked about.
 */
async function sharingFound({ connection, report, access }: ConnectionContext): Promise<Found[]> {
  const shared = connection.mappings().filter((each) => !each.create && sentFields(each).length > 0);
  const objects = objectsOf(shared).filter((object) => access.some((each) => each.object === object));
  const found = objects.flatMap((object) => {
    const may = access.find((each) => each.object === object)?.editsAll ?? null;
    if (may === true) return [];
    if (may === null) {
      return [
        unknown(
          'DOC-W04',
          `whether ${report.user} may edit every ${object} record could not be found out`,
          'Records of other owners that are shared for reading only would be rejected when written.',
        ),
      ];
    }
    return [
      warn(
        'DOC-W05',
        `${object} records of other owners are written only where sharing lets ${report.user} edit them`,
        `Add a sharing rule that gives the user Read/Write on the ${object} records in scope.`,
      ),
    ];
  });
  return found.length > 0 ? found : [ok('sharing lets the user edit every record that the program writes')];
}
