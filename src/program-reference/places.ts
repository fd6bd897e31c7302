import { isSchema, type JsonSchema } from '../program/schema/keys.ts';

/** The schema of a program file, taken apart into what the reference page has a section for. */

/** A key of a section; of an object without a section of its own, the path from there. */
export interface ReferenceKey {
  path: string;
  value: JsonSchema;
  isRequired: boolean;
}

/** A construct of the language: a named part of the schema, what stands under a key, or a form that a figure can have. */
export interface Place {
  /** Such as "measure", or the keys from the top or from a named part: "ladders.tiers"; empty for the file. */
  name: string;
  /** What stands there; its description introduces the section. */
  value: JsonSchema;
  keys: ReferenceKey[];
}

/** A block of keys somewhere inside a value. */
export interface Block {
  node: JsonSchema;
  /** The place that it is shown at, where it has a section. */
  place: string | undefined;
  /** How its keys are reached from the value: through the name of an entry, or directly. */
  through: '' | '.<name>';
}

/** Parts of the schema that are shown with another one of the same keys. */
const shownWith: Readonly<Record<string, string>> = { oneWindow: 'window' };

/** Of these, each key is a construct. */
const withForms = ['score'];

export class ReferencePlaces {
  readonly places = new Map<string, Place>();
  private readonly definitions: Record<string, JsonSchema>;
  private readonly byKeys = new Map<string, string>();
  private readonly isListed: (place: string) => boolean;

  /** @param isListed Whether a block of keys further inside has a section of its own. (Otherwise: rows of the one around it) */
  constructor(schema: JsonSchema, isListed: (place: string) => boolean) {
    this.definitions = (schema.$defs ?? {}) as Record<string, JsonSchema>;
    this.isListed = isListed;
    this.add('', schema);
    for (const [name, node] of Object.entries(this.definitions))
      if (shownWith[name] === undefined) this.add(name, node);
  }

  /** The blocks of keys in a value, not those inside of other blocks. */
  blocksIn(value: JsonSchema, at: string, through: Block['through'] = ''): Block[] {
    if (typeof value.$ref === 'string') {
      const name = value.$ref.replace('#/$defs/', '');
      const node = this.definitions[name]!;
      const nodes = isSchema(node.properties) ? [node] : this.blocksIn(node, name).map((block) => block.node);
      return nodes.map((one) => ({ node: one, place: shownWith[name] ?? name, through }));
    }
    if (Array.isArray(value.anyOf)) return value.anyOf.flatMap((one) => this.blocksIn(one, at, through));
    if (isSchema(value.items)) return this.blocksIn(value.items, at, through);
    if (isSchema(value.properties)) return [{ node: value, place: this.placeOf(value, at), through }];
    if (isSchema(value.additionalProperties)) return this.blocksIn(value.additionalProperties, at, '.<name>');
    return [];
  }

  /** What a reference stands for, with the words of the place where it stands. */
  resolved(value: JsonSchema): JsonSchema {
    if (typeof value.$ref !== 'string') return value;
    const { $ref, ...own } = value;
    return { ...this.definitions[$ref.replace('#/$defs/', '')]!, ...own };
  }

  private placeOf(block: JsonSchema, at: string): string | undefined {
    return this.hasSection(at) ? at : this.byKeys.get(JSON.stringify(block.properties));
  }

  private hasSection(at: string): boolean {
    const parts = at.split('.');
    return parts.length === 1 || (parts.length === 2 && withForms.includes(parts[0]!)) || this.isListed(at);
  }

  private add(name: string, value: JsonSchema): void {
    if (this.places.has(name)) return;
    const place: Place = { name, value, keys: [] };
    this.places.set(name, place);
    const blocks = value.properties === undefined ? this.blocksIn(value, name) : [{ node: value }];
    for (const { node } of blocks) this.byKeys.set(JSON.stringify(node.properties), name);
    const keys = blocks.flatMap(({ node }) => this.keysOf(node, name));
    place.keys = [...new Map(keys.map((key) => [key.path, key])).values()];
  }

  private keysOf(block: JsonSchema, at: string, before = ''): ReferenceKey[] {
    const required = (block.required ?? []) as string[];
    const named = Object.entries(block.properties as Record<string, JsonSchema>).flatMap(([key, value]) => {
      const place = at === '' ? key : `${at}.${key}`;
      const own = { path: before + key, value, isRequired: required.includes(key) };
      return [own, ...this.inside(value, place, before + key)];
    });
    const rest = block.additionalProperties;
    return isSchema(rest) ? [...named, { path: `${before}<name>`, value: rest, isRequired: false }] : named;
  }

  private inside(value: JsonSchema, at: string, path: string): ReferenceKey[] {
    const blocks = this.blocksIn(value, at);
    const isForm = withForms.includes(at.split('.')[0]!) && this.hasSection(at);
    if (blocks.some(({ place }) => place === at) || (isForm && blocks.length === 0)) this.add(at, value);
    return blocks
      .filter(({ place }) => place === undefined)
      .flatMap(({ node, through }) => this.keysOf(node, at, `${path}${through}.`));
  }
}
