import { attributesNeeded } from '../../kpi/reads.ts';
import type { Engine, PassConnection } from '../engine.ts';
import { planOn } from '../mapping/plan.ts';
import { descriptionsByName, noteFindings } from '../pull/metadata.ts';
import { noteFailure, noteSuccess, setConnectionState } from '../records/connections.ts';
import type { Prepared } from './prepare.ts';
import type { ConnectionPull } from './pull.ts';

/**
 * Notes how the connection is doing after reading; the push may have worse to say. Returns whether only a part was read:
 * another run reads the rest, it is no good, or KPIs lack what they are made of.
 */
export async function noteReading(
  engine: Engine,
  read: { connection: PassConnection; prepared: Prepared; pull: ConnectionPull },
): Promise<{ isPartial: boolean }> {
  const lacksInputs = await noteState(engine, read);
  return { isPartial: lacksInputs || isPartial(read.pull) };
}

/** Returns whether KPIs lack what they are made of. */
async function noteState(engine: Engine, read: Parameters<typeof noteReading>[1]): Promise<boolean> {
  const { db } = engine.store;
  const { alias } = read.connection;
  const [problem] = read.pull.problems;
  const lacksInputs = await noteMissingInputs(engine, read);
  if (problem !== undefined) await noteFailure(db, alias, problem.error);
  else if (await noteFindings(engine.store, alias, read.prepared.metadata.findings)) return lacksInputs;
  else if (!lacksInputs) await noteSuccess(db, alias);
  return lacksInputs;
}

/** A figure that lacks what it is made of waits for a person, though the mapping line itself only rests. */
async function noteMissingInputs(
  engine: Engine,
  { connection, prepared }: Parameters<typeof noteReading>[1],
): Promise<boolean> {
  const { alias } = connection;
  const described = descriptionsByName(prepared.metadata);
  const plans = connection.mappings().map((mapping) => planOn(mapping, described));
  const lost = plans.flatMap((plan) =>
    attributesNeeded(engine.program, plan.entity, plan.missing).map((attribute) => ({ plan, attribute })),
  );
  const [first, ...more] = lost;
  if (first === undefined) return false;
  const { object, entity, mapping } = first.plan;
  const field = mapping.attributes[first.attribute]?.field ?? 'a lookup that credits partners';
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  await setConnectionState(engine.store.db, {
    id: alias,
    state: 'action_required',
    detail: {
      reason: `${object} does not show ${field}, which KPIs need as ${entity}.${first.attribute}${others}. Until it does, they have no figures, nobody is demoted by them and nobody joins a ladder.`,
      code: 'CRM_FIELD_MISSING',
      actions: [`See each with its fix: tierlink map check --connection ${alias}`],
    },
  });
  return true;
}

function isPartial({ objects, skipped, problems }: ConnectionPull): boolean {
  const hasInvalid = objects.some(({ counts }) =>
    Object.values(counts).some((each) => each !== undefined && each.invalid > 0),
  );
  return problems.length > 0 || skipped.length > 0 || hasInvalid;
}

/** Which objects another run works on, in words; undefined for none. */
export function busyReason(connection: string, pull: ConnectionPull | null): string | undefined {
  if (pull === null || pull.skipped.length === 0) return undefined;
  return `Another run is at work on ${pull.skipped.join(', ')} of ${connection}.`;
}
