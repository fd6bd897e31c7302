import { z } from 'zod';
import { type DoctorStatus, notLookedAt, signInCheck } from '../app/doctor/finding.ts';
import { text } from './commands/doctor.messages.ts';
import { formatAction, formatMany } from './format.ts';
import type { Screen, Tone } from './screen.ts';

const statuses = ['ok', 'warn', 'fail', 'unknown'] as const;
const tones: Record<DoctorStatus, Tone> = { ok: 'good', warn: 'wait', fail: 'bad', unknown: 'wait' };

export const setUpSchema = z
  .string()
  .nullable()
  .describe("The way in the CRM's own set-up to where the fix is made; null where it is not made there.");

export const doctorCheckSchema = z.strictObject({
  check: z.string(),
  connection: z.string().nullable(),
  status: z.enum(statuses),
  code: z.string().nullable().describe('What it is, by a code that stays; null for what is ok.'),
  message: z.string(),
  fix: z.string().nullable(),
  setUp: setUpSchema,
});
export type DoctorLine = z.infer<typeof doctorCheckSchema>;

/** How many findings there are of each status. */
export function countsOf(checks: readonly DoctorLine[]): Record<DoctorStatus, number> {
  const count = (status: DoctorStatus) => checks.filter((each) => each.status === status).length;
  return { ok: count('ok'), warn: count('warn'), fail: count('fail'), unknown: count('unknown') };
}

/** Prints findings and their counts. What is ok is one line unless all was asked for. */
export function showChecks(checks: readonly DoctorLine[], all: boolean, screen: Screen): void {
  const counts = countsOf(checks);
  if (!all && counts.ok > 0)
    screen.line(`  ${screen.tone('good', 'ok'.padEnd(8))} ${text.folded(counts.ok)}`);
  const shown = checks.filter(({ status }) => all || status !== 'ok');
  for (const check of inShort(shown)) showCheck(check, screen);
  screen.line();
  screen.line(text.counts(formatMany(checks.length, 'check'), counts));
}

/** Who asks before going on must not go on for want of an answer. */
export function isUnanswered({ check, status }: DoctorLine): boolean {
  return check === signInCheck && status === 'unknown';
}

/** What could not be looked at is said once for each connection. */
function inShort(checks: readonly DoctorLine[]): DoctorLine[] {
  const unseen = (connection: string | null) =>
    checks.filter((each) => each.connection === connection && each.message === notLookedAt.message);
  return checks.flatMap((each) => {
    const others = unseen(each.connection);
    if (!others.includes(each)) return [each];
    const names = others.map(({ check }) => check).join(', ');
    return each === others[0] ? [{ ...each, message: text.notLookedAt(names) }] : [];
  });
}

/** Where the sentences of findings begin. */
const indent = 11;

function showCheck(check: DoctorLine, screen: Screen): void {
  const where = check.connection === null ? '' : `${check.connection}: `;
  const word = screen.tone(tones[check.status], check.status.padEnd(8));
  const inZone = (sentence: string) => sentence.replace(isoInstant, (iso) => screen.instant(iso));
  screen.line(
    `  ${word} ${where}${inZone(check.message)}${check.code === null ? '' : `  ${screen.tone('soft', check.code)}`}`,
    indent,
  );
  if (check.fix !== null && check.status !== 'ok')
    screen.line(`             ${text.fix(formatAction(inZone(check.fix)))}`);
  if (check.setUp !== null) screen.line(`             ${text.setUp(check.setUp)}`);
}

/** Findings carry instants as ISO 8601; a person reads them in the zone of the output. */
const isoInstant = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
