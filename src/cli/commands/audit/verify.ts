import { z } from 'zod';
import { TierlinkError } from '../../../errors.ts';
import { type ChainPlace, sealAudit } from '../../../store/audit-chain.ts';
import { type ChainFault, type ChainVerification, verifyAudit } from '../../../store/audit-verify.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { formatCount, formatMany } from '../../format.ts';
import { text } from './audit.messages.ts';

const name = 'audit verify';

export const auditVerify = defineCommand({
  name,
  summary: text.verify.summary,
  description: text.verify.description,
  flags: { expect: textFlag('HEAD', text.verify.expect) },
  examples: ['tierlink audit verify', `tierlink audit verify --expect 1204:${'5e8a'.repeat(16)}`],
  result: z.strictObject({
    lines: z.int().describe('Lines of the chain, all of which are as they were written.'),
    from: z.string().nullable().describe('Instant of the first line; null where there is none.'),
    to: z.string().nullable().describe('Instant of the last line; null where there is none.'),
    head: z.string().nullable().describe('Number and hash of the last line; null before the first.'),
    unsealed: z
      .strictObject({
        entries: z.int().describe('Entries that have no line yet.'),
        since: z.string().nullable().describe('Instant of the oldest of them; null for none.'),
      })
      .describe('What cannot be verified yet.'),
    pruned: z
      .strictObject({
        lines: z.int().describe('Lines that were deleted because they were older than they have to be kept.'),
        to: z.string().describe('Instant of the last of them.'),
        at: z.string().describe('When they were deleted.'),
      })
      .nullable()
      .describe('null: none was.'),
    expected: z
      .enum(['found', 'pruned'])
      .nullable()
      .describe(
        'Whether the head that was noted is in the chain; pruned: it is of a line that is not kept any more.',
      ),
  }),
  run: async ({ app, flags }) => {
    const expect = flags.expect === undefined ? undefined : placeOf(flags.expect);
    const { store } = await app();
    await sealAudit(store);
    const verified = await verifyAudit(store, expect);
    if (verified.faultCount > 0 || verified.expected === 'not_found') throw broken(verified, flags.expect);
    const { lines, from, to, unsealed, pruned, expected } = verified;
    const { at, to: prunedTo } = pruned;
    const wasPruned = at !== null && prunedTo !== null;
    return {
      result: {
        lines,
        from,
        to,
        head: headText(verified.head),
        unsealed,
        pruned: wasPruned ? { lines: pruned.seq, to: prunedTo, at } : null,
        expected,
      },
      warnings: expected === 'pruned' ? [text.verify.expectPruned] : [],
    };
  },
  show: (result, screen) => {
    const { lines, from, to, head, unsealed, pruned, expected } = result;
    screen.line(lines === 0 ? text.verify.none : text.verify.sound(formatMany(lines, 'line')));
    screen.facts([
      ...(lines === 0
        ? []
        : [[text.verify.span, `${screen.instant(from)} - ${screen.instant(to)}`] as const]),
      ...(head === null ? [] : [[text.verify.head, head] as const]),
      ...(expected === 'found' ? [[text.verify.noted, text.verify.found] as const] : []),
      ...(unsealed.entries === 0
        ? []
        : [
            [
              text.verify.unsealed,
              text.verify.since(
                formatMany(unsealed.entries, 'entry', 'entries'),
                screen.instant(unsealed.since),
              ),
            ] as const,
          ]),
      ...(pruned === null
        ? []
        : [
            [
              text.verify.pruned,
              text.verify.upTo(
                formatMany(pruned.lines, 'line'),
                screen.instant(pruned.to),
                screen.instant(pruned.at),
              ),
            ] as const,
          ]),
    ]);
    if (head !== null) screen.line(text.verify.note);
  },
});

/** A place in the chain as it is printed. */
function headText({ seq, hash }: ChainPlace): string | null {
  return seq === 0 ? null : `${seq}:${hash}`;
}

function placeOf(typed: string): ChainPlace {
  const found = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(typed.trim().toLowerCase());
  if (found === null) throw new TierlinkError('USAGE', { reason: text.verify.badExpect, command: name });
  return { seq: Number(found[1]), hash: found[2]! };
}

/** Faults that the message names; the data has more. */
const namedFaults = 5;

function broken(verified: ChainVerification, expected: string | undefined): TierlinkError {
  const { faults, faultCount, lines, head } = verified;
  const isCut = verified.expected === 'not_found' && expected !== undefined;
  const said = [
    ...(isCut ? [text.verify.notFound(expected.split(':')[0]!)] : []),
    ...faults.slice(0, namedFaults).map(faultText),
    ...(faultCount > namedFaults ? [text.verify.more(formatCount(faultCount - namedFaults))] : []),
  ];
  return new TierlinkError('AUDIT_BROKEN', {
    faults: said.join('; '),
    verified: text.verify.looked(formatMany(lines, 'line')),
    found: faults,
    faultCount,
    head: headText(head),
    expected: isCut ? expected : null,
  });
}

/** A fault in words: what, which lines, and when. */
function faultText({ kind, entries, first, last, from, to }: ChainFault): string {
  const which =
    first === null
      ? text.verify.withoutLine(formatMany(entries, 'entry', 'entries'))
      : first === last
        ? text.verify.line(formatCount(first))
        : text.verify.lines(formatCount(first), formatCount(last!));
  const when =
    from === null
      ? ''
      : to === null
        ? text.verify.after(from)
        : from === to
          ? text.verify.of(from)
          : text.verify.between(from, to);
  const isOne = entries === 1;
  return `${which}${when} ${text.verify.kinds[kind](isOne)}`;
}
