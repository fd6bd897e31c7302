import { createContext } from '../../../connectors/salesforce/context.ts';
import { createInstaller } from '../../../connectors/salesforce/install.ts';
import { readOptions } from '../../../connectors/salesforce/options.ts';
import { installParts } from '../../../connectors/salesforce/provision/parts.ts';
import { deployComponent } from '../../../connectors/salesforce/simulator/deploy/components.ts';
import type { Org } from '../../../connectors/salesforce/simulator/org.ts';
import { type Simulator, startSalesforceSimulator } from '../../../connectors/salesforce/simulator/server.ts';
import { parseXml } from '../../../connectors/simulation/xml-read.ts';
import { type InstallStep, installSteps, isWrite } from '../../../src/install/steps.ts';
import type { Installer, InstallPart } from '../../../src/sync/installer.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import { type TestHost, testHost } from '../../contract/connector-world.ts';

/** An org with standard objects only, and a line to install into it. */
export interface InstallWorld {
  simulator: Simulator;
  org: Org;
  host: TestHost;
  installer: Installer;
  look(parts: readonly InstallPart[]): Promise<InstallStep[]>;
  /** Makes all that is lacking, in order. */
  install(request: SourceRequest): Promise<InstallStep[]>;
}

/** runAs: whose line it is. */
export async function openInstallWorld(runAs: 'admin' | 'integration' = 'admin'): Promise<InstallWorld> {
  const simulator = await startSalesforceSimulator({ empty: true, runAs });
  const { clientId, clientSecret } = simulator.clientCredentials;
  const options = readOptions({ loginUrl: simulator.url, clientId, clientSecret }, 'test');
  const host = testHost();
  const installer = createInstaller(createContext(options, host));
  const look: InstallWorld['look'] = async (parts) =>
    installSteps(parts, (await installer.inspect(parts)).found);
  return {
    ...{ simulator, host, installer, look },
    org: simulator.org,
    install: async (request) => {
      const steps = await look(installParts(request));
      for (const step of steps.filter(isWrite)) await installer.apply(step);
      return steps;
    },
  };
}

/** Everything that installing is about, without ids: what two orgs can be compared by. */
export function contentsOf(org: Org, objects: readonly string[], permissionSet: string) {
  const set = [...org.rows('PermissionSet')].find(({ Name }) => Name === permissionSet);
  const grants = (object: string) =>
    [...org.rowsWhere(object, 'ParentId', [String(set?.Id)])]
      .map((row) =>
        JSON.stringify(Object.entries(row).filter(([name]) => /^(Permissions|Sobject|Field)/.test(name))),
      )
      .sort();
  return {
    objects: objects.map((name) => {
      const { keyPrefix: _, fields, ...object } = org.schema.object(name)!;
      return {
        ...object,
        fields: fields.filter(({ custom }) => custom).sort((a, b) => (a.name < b.name ? -1 : 1)),
      };
    }),
    set: Object.entries(set ?? {}).filter(([name]) => /^(Permissions|Label|Name|Description)/.test(name)),
    grants: ['ObjectPermissions', 'FieldPermissions'].map(grants),
  };
}

/** Puts a component there as other people have done: its kind is the suffix of its file, xml what is in it. */
export function put(org: Org, kind: string, fullName: string, xml: string): void {
  const [object = '', name = object] = fullName.split('.');
  const component = { path: fullName, kind, name, object, xml: parseXml(`<it>${xml}</it>`) };
  deployComponent(org, component, [component]);
}
