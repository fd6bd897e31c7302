/** Where a connection's option can be set in the environment: alias prod, key clientId -> TIERLINK_PROD_CLIENT_ID. */
export function optionVariable(alias: string, key: string): string {
  return `TIERLINK_${upperSnake(alias)}_${upperSnake(key)}`;
}

function upperSnake(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase();
}
