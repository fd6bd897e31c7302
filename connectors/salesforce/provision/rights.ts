import { childrenNamed, childText, type MetadataElement } from '../metadata-xml.ts';

/**
 * What a permission set gives, right by right: "Account allowRead", "Account.Phone editable", "ApiEnabled". Read from a
 * file, so that the generated one and that of an org are compared by the same words.
 */

/** Lists of a permission set: where the name stands, and which flags there are, with words for them. */
const lists = {
  objectPermissions: {
    name: 'object',
    flags: {
      allowCreate: 'create',
      allowDelete: 'delete',
      allowEdit: 'edit',
      allowRead: 'read',
      modifyAllRecords: 'modify all of',
      viewAllRecords: 'view all of',
    },
  },
  fieldPermissions: { name: 'field', flags: { editable: 'edit', readable: 'read' } },
  userPermissions: { name: 'name', flags: { enabled: 'use' } },
} as const satisfies Record<string, { name: string; flags: Record<string, string> }>;

/** One flag of one entry of a list. */
export interface Right {
  list: keyof typeof lists;
  name: string;
  flag: string;
}

/** Names a right. */
export function rightKey({ list, name, flag }: Right): string {
  return list === 'userPermissions' ? name : `${name} ${flag}`;
}

/** A right as people read it. */
export function rightLabel({ list, name, flag }: Right): string {
  const words: Readonly<Record<string, string>> = lists[list].flags;
  return list === 'userPermissions' ? name : `${words[flag]} ${name}`;
}

/** All that a permission set gives, in its order. */
export function rightsIn(set: MetadataElement): Right[] {
  return (Object.keys(lists) as Right['list'][]).flatMap((list) =>
    childrenNamed(set, list).flatMap((entry) =>
      Object.keys(lists[list].flags)
        .filter((flag) => childText(entry, flag) === 'true')
        .map((flag) => ({ list, name: childText(entry, lists[list].name) ?? '', flag })),
    ),
  );
}

/** The permission set with these rights beside its own. The given one is left as it is. */
export function withRights(set: MetadataElement, rights: readonly Right[]): MetadataElement {
  const grown: MetadataElement = structuredClone(set);
  for (const { list, name, flag } of rights) {
    const { name: nameTag, flags } = lists[list];
    grown[list] ??= [];
    let entry = childrenNamed(grown, list).find((each) => childText(each, nameTag) === name);
    if (entry === undefined) {
      const none = Object.keys(flags).map((each) => [each, ['false']]);
      entry = { ...(Object.fromEntries(none) as MetadataElement), [nameTag]: [name] };
      grown[list].push(entry);
    }
    entry[flag] = ['true'];
  }
  return grown;
}
