import { loadConfig } from "../../config/file/config_file.ts";
import { currentInvokingUser } from "../../config/invoking_user.ts";
import { type Flags, mergeSettings, type Settings } from "../../config/settings.ts";
import { readEphemeralPorts } from "../../linux/proc/ephemeral_ports.ts";
import { readGuestNetwork } from "../../linux/netlink/rtnetlink.ts";
import { PortSet } from "../../net/port_set.ts";

/** The settings that follow from options and config file, and where the file is; null where there is none. */
export interface ReadSettings {
  /** What wslfwd goes by. */
  readonly settings: Settings;
  /** The config file that was read. */
  readonly configPath: string | null;
}

/**
 * Reads the config file, unless `usesConfig` is false, and joins it with the options. Throws ConfigError for a file that
 * is not as it should be.
 */
export async function readSettings(flags: Flags, usesConfig = true): Promise<ReadSettings> {
  const config = usesConfig ? await loadConfig(flags.configPath ?? null, currentInvokingUser()) : null;
  const settings = mergeSettings(flags, config?.choices ?? {}, {
    ephemeralPorts: new PortSet([readEphemeralPorts()]),
    isRoot: Deno.uid() === 0,
    holdsAddress: (address) => readGuestNetwork().addresses.some((held) => held.address === address),
  });
  return { settings, configPath: config?.path ?? null };
}
