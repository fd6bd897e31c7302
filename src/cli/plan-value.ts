import { type AttributeType, type EntityName, entities } from '../model/entities.ts';
import type { PlanHead, PlannedDifference, PlannedMove, PlannedWrite } from '../plan/item.ts';
import { text } from './commands/plan/plan.messages.ts';
import { formatMoney, withSeparators } from './figure.ts';
import { formatCount, formatValue } from './format.ts';

/** An instant (ISO 8601) as the output shows it; a dash for null. */
export type Instant = (iso: string | null | undefined) => string;

/** The partners that a plan is about, by our id of them. */
export type PartnerNames = ReadonlyMap<string, string>;

export function partnerNames({ partners }: Pick<PlanHead, 'partners'>): PartnerNames {
  return new Map(partners.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])));
}

/** A value of a plan as people read it, by the kind of its attribute; a partner of the plan by its name. */
export function planValue(
  value: unknown,
  {
    entity,
    attribute,
    instant,
    names,
  }: { entity: EntityName; attribute: string | null; instant: Instant; names: PartnerNames },
): string {
  const type = attribute === null ? undefined : typeOf(entity, attribute);
  if (type === 'ref' && typeof value === 'string') return names.get(value) ?? value;
  if (type === 'instant' && typeof value === 'string') return instant(value);
  if ((type === 'decimal' || type === 'integer') && value !== null) return withSeparators(String(value));
  return isMoney(value) ? formatMoney(value) : formatValue(value);
}

/** What a KPI period has beside its own attributes are figures. */
function typeOf(entity: EntityName, attribute: string): AttributeType | undefined {
  const own = entities[entity].attributes[attribute]?.type;
  return own ?? (entity === 'kpiPeriod' ? 'decimal' : undefined);
}

function isMoney(value: unknown): value is { amount: string; currency: string } {
  return typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;
}

/** "24 decisions", "1 KPI period". */
export function entityCount(count: number, entity: EntityName): string {
  const { label, plural } = entities[entity];
  const one = label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  return `${formatCount(count)} ${count === 1 ? one : plural}`;
}

/** From which tier to which. */
export function movementOf({ from, to }: NonNullable<PlannedWrite['tier']> | PlannedMove): string {
  return `${formatValue(from)} -> ${formatValue(to)}`;
}

/** What has to be created before a record is written, in words; blank for nothing. */
export function afterWords({ after }: Pick<PlannedWrite, 'after'>): string {
  return after.length === 0 ? '' : text.afterCreated(after.map(({ key, name }) => name ?? key).join(', '));
}

/** Who changed a value in the CRM, by name where it is known; null where the CRM does not say. */
export function whoChanged({
  theirUser,
  theirUserName,
}: Pick<PlannedDifference, 'theirUser' | 'theirUserName'>): string | null {
  return theirUserName ?? theirUser;
}
