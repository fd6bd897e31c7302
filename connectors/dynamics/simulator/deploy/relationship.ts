import { childrenOf, type Element, textOf } from '../../../simulation/xml-read.ts';

/** A relationship of one to many as a file below Other/Relationships declares it. */
export interface RelationshipSource {
  path: string;
  name: string;
  /** Logical names: the table with the lookup, its column, and the table that it leads to. */
  referencing: string;
  column: string;
  referenced: string;
  onDelete: string;
}

const cascades = ['Cascade', 'RemoveLink', 'Restrict'];

/** Reads a file of relationships. Throws for what the simulator does not keep and what the platform does not take. */
export function readRelationships(path: string, file: Element): RelationshipSource[] {
  return childrenOf(file, 'EntityRelationship').map((element) => {
    const name = textOf(element, '@Name') ?? '';
    const type = textOf(element, 'EntityRelationshipType') ?? '';
    if (type !== 'OneToMany')
      throw new Error(`Relationship ${name}: the type '${type}' is not supported by the simulator.`);
    const onDelete = textOf(element, 'CascadeDelete') ?? '';
    if (!cascades.includes(onDelete))
      throw new Error(`Relationship ${name}: the CascadeDelete '${onDelete}' is not valid.`);
    const logical = (tag: string) => (textOf(element, tag) ?? '').toLowerCase();
    return {
      path,
      name,
      referencing: logical('ReferencingEntityName'),
      column: logical('ReferencingAttributeName'),
      referenced: logical('ReferencedEntityName'),
      onDelete,
    };
  });
}
