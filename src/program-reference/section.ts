/** What the reference page says of a construct beside what its schema says. */
export interface ReferenceSection {
  title: string;
  /** The chapter that explains it: a page of docs/, with the heading. */
  chapter: string;
  /** A part of a program file. What it names and does not have stands elsewhere in the file. */
  example: string;
  /** What cannot stand in one file with the example. */
  otherExample?: string;
}

/** The examples of a section, each a part of a file of its own. */
export function examplesOf({ example, otherExample }: ReferenceSection): string[] {
  return [example, ...(otherExample === undefined ? [] : [otherExample])];
}

/** By place; in the order of the page. */
export type ReferenceSections = Readonly<Record<string, ReferenceSection>>;
