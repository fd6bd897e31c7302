import { z } from 'zod';
import { refusals } from './errors.ts';
import { guidOf } from './ids.ts';
import { columnOf, label, option, optionsOf, readMetadata, schemaName, textOf } from './metadata-body.ts';
import type { Schema } from './schema.ts';
import type { Column, GlobalChoice, Option, Table } from './types.ts';

/**
 * Choices that columns share, and changes of the options of a choice.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-optionsets
 */

const choiceBody = z.looseObject({
  Name: schemaName,
  DisplayName: label,
  OptionSetType: z.literal('Picklist').default('Picklist'),
  Options: z.array(option),
});

export function makeChoice(schema: Schema, given: unknown): GlobalChoice {
  const { Name: name, DisplayName, Options } = readMetadata(choiceBody, given);
  if (schema.choice(name) !== undefined) throw refusals.nameTaken('choice', name);
  const choice: GlobalChoice = {
    name,
    metadataId: choiceId(name),
    label: textOf(DisplayName),
    options: optionsOf(Options),
    custom: true,
  };
  schema.addChoice(choice);
  return choice;
}

export function choiceId(name: string): string {
  return guidOf(`choice ${name}`);
}

/** The columns whose choice it is. */
export function usersOf(schema: Schema, { name }: GlobalChoice): { table: Table; column: Column }[] {
  return [...schema.tables()].flatMap((table) =>
    [...table.columns.values()]
      .filter((column) => column.globalChoice === name)
      .map((column) => ({ table, column })),
  );
}

export function removeChoice(schema: Schema, choice: GlobalChoice): void {
  if (!choice.custom) throw refusals.choiceStays();
  const users = usersOf(schema, choice);
  if (users.length > 0) throw refusals.choiceInUse(users.map(({ table }) => table.logicalName));
  schema.removeChoice(choice);
}

/** A column of a body, which may take a shared choice: "GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(id)". */
export function columnWithChoice(schema: Schema, table: string, given: unknown): Column {
  const bound = (given as Readonly<Record<string, unknown>> | undefined)?.['GlobalOptionSet@odata.bind'];
  if (typeof bound !== 'string') return columnOf(table, given);
  const choice = namedChoice(schema, bound);
  const column = columnOf(table, { ...(given as object), OptionSet: { Options: [] } });
  return { ...column, options: choice.options, globalChoice: choice.name };
}

/** The choice of `/GlobalOptionSetDefinitions(id)` or `…(Name='x')`. Throws 404. */
function namedChoice(schema: Schema, address: string): GlobalChoice {
  const [, name = '', id = ''] =
    /GlobalOptionSetDefinitions\((?:Name='([^']+)'|\{?([0-9a-f-]{36})\}?)\)$/i.exec(address) ?? [];
  const found = [...schema.choices()].find(
    (each) => each.name === name || each.metadataId === id.toLowerCase(),
  );
  if (found === undefined) throw refusals.noMetadata(address);
  return found;
}

const optionAction = z.looseObject({
  OptionSetName: z.string().nullish(),
  EntityLogicalName: z.string().nullish(),
  AttributeLogicalName: z.string().nullish(),
  Value: z.number().int().nullish(),
  Label: label.nullish(),
  StateCode: z.number().int().nullish(),
});

/** Whose options an action changes: a shared choice, or the one of a column. */
function optionsToChange(
  schema: Schema,
  body: z.infer<typeof optionAction>,
): { options: Option[]; isState: boolean } {
  if (body.OptionSetName != null) {
    const choice = schema.choice(body.OptionSetName);
    if (choice === undefined) throw refusals.noMetadata(body.OptionSetName);
    return { options: choice.options, isState: false };
  }
  const table = schema.table(body.EntityLogicalName ?? '');
  const column = table?.columns.get(body.AttributeLogicalName ?? '');
  if (column?.options === undefined) throw refusals.noMetadata(body.AttributeLogicalName ?? '');
  return { options: column.options, isState: column.type === 'State' || column.type === 'Boolean' };
}

/**
 * The value of a new reason of a status, which belongs to a state.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/insertstatusvalue
 */
export function insertStatus(schema: Schema, given: unknown): number {
  const body = readMetadata(optionAction, given);
  if (body.StateCode == null) throw refusals.invalidArgument('StateCode: Required');
  const table = schema.table(body.EntityLogicalName ?? '');
  const isStatus = table?.columns.get(body.AttributeLogicalName ?? '')?.type === 'Status';
  if (body.AttributeLogicalName != null && table !== undefined && !isStatus)
    throw refusals.invalidArgument(`${body.AttributeLogicalName} has no reasons of a status.`);
  return insertOption(schema, given);
}

/** The value of the new option. https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/insertoptionvalue */
export function insertOption(schema: Schema, given: unknown): number {
  const body = readMetadata(optionAction, given);
  const { options, isState } = optionsToChange(schema, body);
  if (isState) throw refusals.noOptionsHere();
  if (body.Label == null) throw refusals.invalidArgument('Label: Required');
  const value = body.Value ?? Math.max(firstValue - 1, ...options.map((each) => each.value)) + 1;
  if (options.some((each) => each.value === value))
    throw refusals.invalidArgument(`There is an option with the value ${value} already.`);
  const state = body.StateCode == null ? {} : { state: body.StateCode };
  options.push({ value, label: textOf(body.Label), ...state, unpublished: true });
  return value;
}

/** Shows the options that were added to the table's own choices. */
export function publishTable({ columns }: Table): void {
  for (const { globalChoice, options } of columns.values())
    if (globalChoice === undefined) publishOptions(options ?? []);
}

/** Shows those that were added to a choice that columns share; publishing their tables does not. */
export function publishChoice({ options }: GlobalChoice): void {
  publishOptions(options);
}

function publishOptions(options: readonly Option[]): void {
  for (const option of options) delete option.unpublished;
}

/** Values that nobody gives follow the prefix of a publisher. */
const firstValue = 100_000_000;

export function updateOption(schema: Schema, given: unknown): void {
  const body = readMetadata(optionAction, given);
  const { options } = optionsToChange(schema, body);
  const found = options.find((each) => each.value === body.Value);
  if (found === undefined) throw refusals.noMetadata(String(body.Value));
  if (body.Label != null) found.label = textOf(body.Label);
}

export function deleteOption(schema: Schema, given: unknown): void {
  const body = readMetadata(optionAction, given);
  const { options, isState } = optionsToChange(schema, body);
  if (isState) throw refusals.noOptionsHere();
  const at = options.findIndex((each) => each.value === body.Value);
  if (at < 0) throw refusals.noMetadata(String(body.Value));
  options.splice(at, 1);
}
