import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';

/** Who publishes the generated solution. A prefix and an option range stay for ever once they are imported. */
export const usualPrefix = 'tierlink';
/** Choices of the publisher begin with this number followed by four noughts. */
export const optionValuePrefix = 64_213;
export const solutionName = 'Tierlink';
/** Raise it when the files change in a way that an import must not skip. */
export const solutionVersion = '1.0.0.0';

/** The security role that an admin gives to the application user. */
export const roleName = 'Tierlink Integration';
/** The same in every environment, so that a later import updates the role. */
export const roleId = '5a8f1c1e-6d0b-4f55-9c57-7f3f6a2f9d41';

/** The prefix of the publisher, which names of ours begin with. */
export function prefixOf({ prefix }: Pick<SourceRequest, 'prefix'>): string {
  return prefix ?? usualPrefix;
}

/** Whether the publisher may bring a table or a column of this name: it has the prefix. */
export function isOurs(name: string, request: Pick<SourceRequest, 'prefix'>): boolean {
  return name.startsWith(`${prefixOf(request)}_`);
}

/** English, the language of the labels; people see them until they translate them. */
export const language = 1033;
