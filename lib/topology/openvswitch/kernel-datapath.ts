import { CommandError, locateCommand, runCommand } from '../../platform/run-command.js';

/** What the module registers when it is there: generic netlink's name for it (openvswitch.h). */
const FAMILY = 'ovs_datapath';
const MODULE = 'openvswitch';

/**
 * Whether this kernel can forward for Open vSwitch itself. Nothing is loaded: asking for the family by its name would
 * make the kernel load the module, listing all families does not.
 */
export async function kernelHasDatapath(): Promise<boolean> {
  return (await familyIsRegistered()) || (await moduleCanBeLoaded());
}

async function familyIsRegistered(): Promise<boolean> {
  const families = await answer(['genl', 'ctrl', 'list']);
  return families !== undefined && new RegExp(`^Name: ${FAMILY}$`, 'm').test(families);
}

/** Says yes too to what is loaded or built in. */
async function moduleCanBeLoaded(): Promise<boolean> {
  return (await answer(['modprobe', '--dry-run', '--quiet', MODULE])) !== undefined;
}

/** undefined: it says no, or is not on this machine. */
async function answer(command: readonly [string, ...string[]]): Promise<string | undefined> {
  if (locateCommand(command[0]) === undefined) return undefined;
  try {
    return (await runCommand(command)).stdout;
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
