import peggy from 'peggy';
import type { Apply, Expand, Filter, Literal, Order, Segment } from './ast.ts';
import { grammar } from './grammar.ts';

/** The text is not OData as Dataverse takes it. */
export class ODataSyntaxError extends Error {
  /** Where, from 0. */
  readonly position: number;

  constructor(text: string, position: number) {
    super(
      position >= text.length
        ? `Syntax error: end of the expression at position ${text.length} in '${text}'.`
        : `Syntax error at position ${position} in '${text}'.`,
    );
    this.position = position;
  }
}

type Rule = 'Filter' | 'OrderBy' | 'Select' | 'Expand' | 'Resource' | 'Value' | 'Apply';

const rules: Rule[] = ['Filter', 'OrderBy', 'Select', 'Expand', 'Resource', 'Value', 'Apply'];

const parser = peggy.generate(grammar, { allowedStartRules: rules });

function parse(startRule: Rule, text: string): unknown {
  try {
    return parser.parse(text, { startRule });
  } catch (error) {
    if (!(error instanceof parser.SyntaxError)) throw error;
    throw new ODataSyntaxError(text, (error as peggy.parser.SyntaxError).location.start.offset);
  }
}

/** Each takes decoded text and throws ODataSyntaxError. */
export const parseFilter = (text: string): Filter => parse('Filter', text) as Filter;
export const parseOrderBy = (text: string): Order[] => parse('OrderBy', text) as Order[];
export const parseSelect = (text: string): string[] => parse('Select', text) as string[];
export const parseExpand = (text: string): Expand[] => parse('Expand', text) as Expand[];
/** The path below the service root, without a slash in front. */
export const parseResource = (text: string): Segment[] => parse('Resource', text) as Segment[];
/** The value of a parameter: @p1='x'. */
export const parseValue = (text: string): Literal => parse('Value', text) as Literal;
export const parseApply = (text: string): Apply => parse('Apply', text) as Apply;
