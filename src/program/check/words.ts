import { closest, suggest } from '../../model/closest.ts';
import { canonicalDecimal, nameKey } from '../../model/values.ts';
import { type AttributePath, comparedAs, isCustom, ownerOf } from '../attribute-path.ts';
import type { CreditDefinition, Filter } from '../schema/kpi.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { isNumeric, type Operator } from './filter.ts';

/** Words that a program compares with what the CRM delivers: a misspelt one is never met, and nothing else would tell. */

interface Compared {
  program: ProgramDefinition;
  resolved: AttributePath;
  operator: Operator;
}

/** A word with so many mistakes in it is still that word. */
const mostMistakes = 2;

/** Reports words of a condition that the program knows otherwise: partner types, codes of certificates, own attributes. */
export function checkWords(
  report: Report,
  { program, resolved, operator }: Compared,
  filter: Filter,
  path: PathKey[],
): void {
  checkOwnName(report, { program, resolved }, [...path, 'attribute']);
  const words = filter[operator];
  const before = new Set<string>();
  [words].flat().forEach((word, index) => {
    const at = [...path, operator, ...(Array.isArray(words) ? [index] : [])];
    const key = comparedKey(resolved, word);
    if (before.has(key)) report('PROGRAM_DUPLICATE', at, `"${word}" is there twice${inOtherWords(resolved)}`);
    before.add(key);
    if (typeof word !== 'string') return;
    if (nameKey(word) === '') {
      report(
        'PROGRAM_WRONG_VALUE',
        at,
        `nothing but blanks is no value; write blank: ${!denies.has(operator)}`,
      );
      return;
    }
    if (ownerOf(resolved) === 'partner' && resolved.attribute === 'types')
      checkType(report, program, word, at);
    if (ownerOf(resolved) === 'certification' && resolved.attribute === 'code')
      checkListed(report, program, word, at);
  });
}

const denies: ReadonlySet<Operator> = new Set(['isNot', 'notIn']);

/** What tells a value of a condition from others of it. */
function comparedKey(resolved: AttributePath, value: unknown): string {
  return isNumeric(resolved.type) ? canonicalDecimal(String(value))! : comparedAs(resolved, String(value));
}

function inOtherWords({ isText }: AttributePath): string {
  return isText ? '; case and blanks make no difference' : '';
}

/** An attribute of one's own that is like another one of which the program says what it is. */
function checkOwnName(
  report: Report,
  { program, resolved }: Pick<Compared, 'program' | 'resolved'>,
  path: PathKey[],
): void {
  const own = `${ownerOf(resolved)}.${resolved.attribute}`;
  if (!isCustom(resolved) || program.attributes[own] !== undefined) return;
  const near = closest(own, Object.keys(program.attributes), mostMistakes);
  if (near === undefined) return;
  report('PROGRAM_ALIKE_NAME', path, `"${own}" is not under "attributes"${suggest(near)}`, ['attributes']);
}

/** A mapping may deliver other types than those of the program, csp beside msp; only another spelling of one is surely wrong. */
function checkType(report: Report, program: ProgramDefinition, type: string, path: PathKey[]): void {
  const known = program.partnerTypes.map(({ key }) => key);
  if (known.includes(type)) return;
  const alike = known.find((one) => lettersOf(one) === lettersOf(type));
  const reason = `"${type}" is not a partner type${suggest(alike ?? closest(type, known))}`;
  const code = alike === undefined ? 'PROGRAM_OTHER_PARTNER_TYPE' : 'PROGRAM_UNKNOWN_PARTNER_TYPE';
  report(code, path, reason, ['partnerTypes']);
}

/**
 * Where codes that the catalogue does not list count as well, only another spelling of a listed one is told: of real
 * certificates the codes differ by a digit.
 */
function checkListed(
  report: Report,
  { certificates }: ProgramDefinition,
  code: string,
  path: PathKey[],
): void {
  if (certificates === undefined) return;
  const known = Object.keys(certificates.codes);
  if (known.some((one) => nameKey(one) === nameKey(code))) return;
  const alike = known.find((one) => lettersOf(one) === lettersOf(code));
  if (alike === undefined && certificates.unlisted === 'count') return;
  const near = suggest(alike ?? closest(code, known, mostMistakes));
  report('PROGRAM_UNLISTED_CODE', path, `"${code}" is not a code of the catalogue${near}`, ['certificates']);
}

function lettersOf(code: string): string {
  return code.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** What the mappings that we ship deliver; a program may have other roles. */
const usualRoles = ['sourced', 'influenced', 'distributor', 'registered'];

/** Warns of roles of credits that are like a usual one and not the same. */
export function checkRoles(report: Report, credit: CreditDefinition | undefined, path: PathKey[]): void {
  for (const key of ['roles', 'exceptRoles'] as const) {
    credit?.[key]?.forEach((role, index) => {
      const near = usualRoles.includes(nameKey(role)) ? undefined : closest(role, usualRoles, mostMistakes);
      if (near === undefined) return;
      report(
        'PROGRAM_ALIKE_NAME',
        [...path, key, index],
        `no mapping that we ship delivers "${role}"${suggest(near)}`,
      );
    });
  }
}
