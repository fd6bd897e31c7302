import type { Installer } from '../../src/sync/installer.ts';
import type { Context } from './context.ts';
import { applyPart } from './install/apply.ts';
import { automations } from './install/automations.ts';
import { waitForDeployments } from './install/deploy.ts';
import { inspect } from './install/look.ts';

/** Installing over the wire, on a line that is there already. */
export function createInstaller(context: Context): Installer {
  return {
    inspect: async (parts) => await inspect(context, parts),
    apply: async (lacking, signal) => await applyPart(context, lacking, signal),
    // What is deployed is there at once; what is being deployed is waited for.
    publish: async (_objects, signal) => {
      await waitForDeployments(context, signal);
    },
    automations: async (objects) => await automations(context, objects),
  };
}
