import { createContext } from '../../../connectors/dynamics/context.ts';
import { createInstaller } from '../../../connectors/dynamics/install.ts';
import { readOptions } from '../../../connectors/dynamics/options.ts';
import { installParts } from '../../../connectors/dynamics/provision/parts.ts';
import type { Org } from '../../../connectors/dynamics/simulator/org.ts';
import { type StandIn, startStandIn } from '../../../connectors/dynamics/stand-in.ts';
import { type InstallStep, installSteps, isWrite } from '../../../src/install/steps.ts';
import type { Installer, InstallPart } from '../../../src/sync/installer.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import { type TestHost, testHost } from '../../contract/connector-world.ts';

/** An environment with standard tables only, and an administrator's line to install into it. */
export interface InstallWorld {
  standIn: StandIn;
  org: Org;
  host: TestHost;
  installer: Installer;
  look(parts: readonly InstallPart[]): Promise<InstallStep[]>;
  /** Makes all that is lacking, in order. */
  install(request: SourceRequest): Promise<InstallStep[]>;
}

export async function openInstallWorld(): Promise<InstallWorld> {
  const standIn = await startStandIn({ empty: true });
  const host = testHost();
  const installer = createInstaller(createContext(readOptions(standIn.options, 'test'), host));
  const look: InstallWorld['look'] = async (parts) =>
    installSteps(parts, (await installer.inspect(parts)).found);
  return {
    ...{ standIn, host, installer, look },
    org: standIn.inside.org,
    install: async (request) => {
      const steps = await look(installParts(request));
      const writes = steps.filter(isWrite);
      for (const step of writes) await installer.apply(step);
      await installer.publish([...new Set(writes.flatMap(({ part }) => part.object ?? []))]);
      return steps;
    },
  };
}

/** Everything that installing is about, without ids: what two environments can be compared by. */
export function contentsOf(org: Org, tables: readonly string[], roleId: string) {
  return {
    tables: tables.map((name) => {
      const { columns, keys, metadataId: _, objectTypeCode: _code, ...table } = org.table(name);
      return {
        ...table,
        columns: Object.fromEntries([...columns].sort(([one], [other]) => (one < other ? -1 : 1))),
        keys: keys.map(({ logicalName, columns: of, status }) => ({ logicalName, of, status })),
      };
    }),
    relationships: [...org.schema.relationships()]
      .filter(({ referencing, custom }) => custom && tables.includes(referencing))
      .sort((one, other) => (one.schemaName < other.schemaName ? -1 : 1)),
    privileges: [...(org.grants.roles.get(roleId) ?? [])].sort(),
    packages: ['publisher', 'solution'].map((table) => org.dump(table).map(({ uniquename }) => uniquename)),
  };
}
