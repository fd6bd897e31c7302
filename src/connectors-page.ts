import { markdownRow } from './model/markdown-row.ts';
import type { Capabilities, ConnectorManifest } from './sync/connector-manifest.ts';

/** What the page says of each capability. */
const capabilities: Readonly<Record<keyof Capabilities, { label: string; told(of: Capabilities): string }>> =
  {
    rowsPerWrite: {
      label: 'Rows in one write call, at most',
      told: ({ rowsPerWrite }) => rowsPerWrite.toLocaleString('en-US'),
    },
    bulkWriteFrom: {
      label: 'Writes by bulk jobs',
      told: ({ bulkWriteFrom }) =>
        bulkWriteFrom === null ? 'no' : `from ${(bulkWriteFrom + 1).toLocaleString('en-US')} rows on`,
    },
    upsert: { label: 'Creates and updates in one call, by a key', told: ({ upsert }) => yesOrNo(upsert) },
    reads: {
      label: 'Rows in one call of a read',
      told: ({ reads: { rowsPerCall, bulk } }) =>
        bulk === null
          ? rowsPerCall.toLocaleString('en-US')
          : `${rowsPerCall.toLocaleString('en-US')}; above ${bulk.from.toLocaleString('en-US')} by a bulk job, ${bulk.rowsPerCall.toLocaleString('en-US')}`,
    },
    users: {
      label: 'Says users by name',
      told: ({ users }) => (users === null ? 'no' : `by ${users.object}.${users.field}`),
    },
    reportsDeletes: {
      label: 'Tells deletes and merges with the changes',
      told: ({ reportsDeletes }) => yesOrNo(reportsDeletes),
    },
  };

/** The text of docs/connectors.md: the kinds of CRM beside each other, made from their manifests. */
export function connectorsPage(manifests: readonly ConnectorManifest[]): string {
  return `# Connectors

What each kind of CRM can do here, and what a connection to it is told. How an org is prepared stands beside each
connector: ${manifests.map(({ id, label }) => `[${label}](../connectors/${id}/README.md)`).join(', ')}.

${capabilityTable(manifests)}
${manifests.map(optionTable).join('\n')}`;
}

function capabilityTable(manifests: readonly ConnectorManifest[]): string {
  const rows = Object.values(capabilities).map(({ label, told }) =>
    cells(label, ...manifests.map((manifest) => told(manifest.capabilities))),
  );
  const signIns = manifests.map((manifest) => manifest.signIns.map(({ label }) => label).join('; '));
  const head = cells('', ...manifests.map(({ label }) => label));
  return `${[head, ruler(manifests.length + 1), cells('Signs in with', ...signIns), ...rows].join('\n')}\n`;
}

function optionTable({ id, label, options }: ConnectorManifest): string {
  const rows = options.map((option) =>
    cells(
      `\`${option.key}\``,
      option.label,
      option.help,
      option.secret ? 'yes' : '',
      option.default === undefined ? (option.required ? 'needed' : '') : `\`${option.default}\``,
    ),
  );
  const head = [cells('Option', 'Name', 'What it is', 'Secret', 'Default'), ruler(5)];
  return `## ${label} (\`crm: ${id}\`)\n\n${[...head, ...rows].join('\n')}\n`;
}

function ruler(count: number): string {
  return cells(...Array<string>(count).fill('---'));
}

function cells(...texts: string[]): string {
  return markdownRow(texts);
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
