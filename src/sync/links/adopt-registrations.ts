import { isTierlinkError } from '../../errors.ts';
import { type Engine, type PassConnection, readableMappings, requireGoing } from '../engine.ts';
import type { LinkPlace } from '../records/links.ts';
import { recordNames } from '../records/record-names.ts';
import { type Candidate, clearLead, type RegisteredEntity } from '../records/registration-likeness.ts';
import {
  findCandidates,
  type RegistrationPlace,
  registrationPlace,
  registrationsToLookAt,
} from '../records/registrations.ts';
import { moveLink } from './changes.ts';

/** A registration that was found in the CRM. */
export interface AdoptedRegistration {
  connection: string;
  object: string;
  crmId: string;
  entity: RegisteredEntity;
  /** Our record that was registered, which the record of the CRM is from now on. */
  recordId: string;
  name: string | null;
  score: number;
  reasons: string[];
}

/** Registrations compared with what is open at once. */
const pageSize = 500;

/**
 * Before deals and leads of ours are created in a CRM: those that are there already, beyond doubt, are linked to what is
 * there instead. Doubtful ones are left: nothing creates them until a person has decided. Interrupted anywhere, the next
 * call goes on, because each link is moved in a transaction of its own.
 */
export async function adoptRegistrations(
  engine: Engine,
  { connections, runId }: { connections: readonly PassConnection[]; runId: string | null },
): Promise<AdoptedRegistration[]> {
  const adopted: AdoptedRegistration[] = [];
  for (const connection of connections) {
    for (const mapping of readableMappings(connection) ?? []) {
      const place = registrationPlace(connection.alias, mapping);
      if (place !== null && (await wasRead(engine, place)))
        adopted.push(...(await adoptAt(engine, place, runId)));
    }
  }
  return adopted;
}

/** Of what was never read to its end nobody knows what else could be meant. */
async function wasRead({ store }: Engine, { connection, object, entity }: LinkPlace): Promise<boolean> {
  const rows = await store.query(
    `select from tierlink.feed where connection = $1 and object = $2 and entity = $3 and complete_to is not null`,
    [connection, object, entity],
  );
  return rows.length > 0;
}

async function adoptAt(
  engine: Engine,
  place: RegistrationPlace,
  runId: string | null,
): Promise<AdoptedRegistration[]> {
  const { store } = engine;
  const ids = await registrationsToLookAt(store, place);
  const found = new Map<string, Candidate[]>();
  for (let start = 0; start < ids.length; start += pageSize) {
    requireGoing(engine);
    for (const [id, candidates] of await findCandidates(store, place, ids.slice(start, start + pageSize)))
      found.set(id, candidates);
  }
  const adopted: AdoptedRegistration[] = [];
  for (const [recordId, candidate] of unambiguous(found)) {
    const crmId = await onlyLinkOf(engine, place, candidate.recordId);
    if (crmId === null || !(await adopt(engine, { place, recordId, crmId, candidate, runId }))) continue;
    const { score, reasons } = candidate;
    const name = (await recordNames(store, place.entity, [recordId])).get(recordId) ?? null;
    adopted.push({ ...place, crmId, recordId, name, score, reasons });
  }
  return adopted;
}

/** What two registrations could mean is left to a person, however much speaks for each. */
function unambiguous(found: ReadonlyMap<string, readonly Candidate[]>): [string, Candidate][] {
  const claims = new Map<string, number[]>();
  for (const { recordId, score } of [...found.values()].flat())
    claims.set(recordId, [...(claims.get(recordId) ?? []), score]);
  const isClear = ({ recordId, score }: Candidate) =>
    claims.get(recordId)!.filter((claim) => score - claim < clearLead).length === 1;
  return [...found].flatMap(([id, [first]]): [string, Candidate][] =>
    first?.verdict === 'same' && isClear(first) ? [[id, first]] : [],
  );
}

async function onlyLinkOf(
  { store }: Engine,
  { connection, object, entity }: RegistrationPlace,
  recordId: string,
): Promise<string | null> {
  const rows = await store.query<{ crm_id: string }>(
    `select crm_id from tierlink.link where connection = $1 and object = $2 and entity = $3 and record_id = $4
       and state = 'live'`,
    [connection, object, entity, recordId],
  );
  return rows.length === 1 ? rows[0]!.crm_id : null;
}

/**
 * False where something else is at work on it, or somebody linked it otherwise since it was looked at: the next pass looks
 * again, and until then nothing is created.
 */
async function adopt(
  engine: Engine,
  of: {
    place: RegistrationPlace;
    recordId: string;
    crmId: string;
    candidate: Candidate;
    runId: string | null;
  },
): Promise<boolean> {
  const { place, recordId, crmId, candidate, runId } = of;
  const reason = `Found in the CRM before it was created there (${candidate.score} of 100): ${candidate.reasons.join('; ')}.`;
  try {
    await moveLink(
      { ...engine, actor: 'tierlink' },
      { link: { ...place, crmId }, to: recordId, reason, runId },
    );
    return true;
  } catch (error) {
    if (isTierlinkError(error) && error.code.startsWith('LINK_')) return false;
    throw error;
  }
}
