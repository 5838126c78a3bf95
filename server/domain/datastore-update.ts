import { z } from "zod";
import { AbsolutePath, HostAddress, UnixUser } from "./datastore";
import { ObjectId, ObjectName } from "./ids";
import { type Template, text } from "./template";

/** A number with bounds, or null for "no limit". */
const bounded = (least: number, most: number) => z.number().int().min(least).max(most).nullable();

/** What the heavy commands of a datastore may take (drivers-and-core §4.7). The last four need systemd there. */
export const ResourceLimits = z.object({
  nice: bounded(0, 19),
  ionice: bounded(0, 7),
  /** Percent of one processor. */
  cpuQuota: bounded(1, 100_000),
  memoryMaxMb: bounded(16, 1_000_000_000),
  maxReadIops: bounded(1, 1_000_000_000),
  maxWriteIops: bounded(1, 1_000_000_000),
});

/** What of a backup datastore can be changed later. The driver never can, and a password only with its repositories. */
export const DatastoreSettings = ResourceLimits.extend({
  name: ObjectName,
  host: HostAddress,
  user: UnixUser,
  port: z.number().int().min(1).max(65_535),
  basePath: AbsolutePath,
  /** Cap: available = limit - used. */
  limitMb: z.number().int().min(1).nullable(),
  /** rsync only. */
  rsyncArgs: z.string().max(300).nullable(),
});
export type DatastoreSettings = z.infer<typeof DatastoreSettings>;

export const UpdateDatastore = DatastoreSettings.extend({ datastoreId: ObjectId });
export type UpdateDatastore = z.infer<typeof UpdateDatastore>;

type Attribute = Exclude<keyof DatastoreSettings, "name" | "basePath">;

const ATTRIBUTES: Record<"rsync" | "restic", Partial<Record<Attribute, string>>> = {
  rsync: { host: "RSYNC_HOST", user: "RSYNC_USER", port: "RSYNC_PORT", rsyncArgs: "RSYNC_ARGS", ...limitsOf("RSYNC") },
  restic: {
    host: "RESTIC_SFTP_SERVER",
    user: "RESTIC_SFTP_USER",
    port: "RESTIC_SFTP_PORT",
    ...limitsOf("RESTIC"),
  },
};

function limitsOf(prefix: string) {
  return {
    limitMb: "LIMIT_MB",
    nice: `${prefix}_NICE`,
    ionice: `${prefix}_IONICE`,
    cpuQuota: `${prefix}_CPU_QUOTA`,
    memoryMaxMb: `${prefix}_MEMORY_MAX_MB`,
    maxReadIops: `${prefix}_MAX_RIOPS`,
    maxWriteIops: `${prefix}_MAX_WIOPS`,
  };
}

/**
 * The settings that a template of the user asks for: replace sets back what it does not name, append leaves it. What is no
 * setting may only be as it is. Values are checked by `DatastoreSettings`.
 * @returns the settings, or the name that cannot be changed
 */
export function settingsFromTemplate(
  before: DatastoreSettings,
  datastore: { driver: string; attributes: Template },
  update: Template,
  mode: "replace" | "append",
): { settings: Record<string, unknown> } | { fixed: string } {
  const names = attributesOf(datastore.driver) ?? {};
  const settings: Record<string, unknown> = { ...before };
  if (mode === "replace") for (const key of ResourceLimits.keyof().options) settings[key] = null;
  if (mode === "replace") Object.assign(settings, { limitMb: null, rsyncArgs: null });
  const known = new Map(Object.entries(names).map(([key, name]) => [name, key]));
  for (const [name, values] of Object.entries(update)) {
    const value = values.find((one) => typeof one === "string")?.trim() ?? "";
    const key = known.get(name);
    if (name === "NAME") settings["name"] = value;
    else if (name === "BASE_PATH") settings["basePath"] = value;
    else if (key !== undefined) settings[key] = settingValue(key, value);
    else if (value !== (text(datastore.attributes, name) ?? "")) return { fixed: name };
  }
  return { settings };
}

function settingValue(key: string, value: string): unknown {
  if (key === "host" || key === "user") return value;
  if (value === "") return key === "port" ? 22 : null;
  if (key === "rsyncArgs") return value;
  return Number(key === "cpuQuota" ? value.replace(/%$/, "") : value);
}

function attributesOf(driver: string): Partial<Record<Attribute, string>> | null {
  return driver === "rsync" || driver === "restic" ? ATTRIBUTES[driver] : null;
}

/** The settings as they are, for the form; null when this kind of datastore cannot be edited. */
export function settingsOf(datastore: {
  name: string;
  driver: string;
  basePath: string;
  attributes: Template;
}): DatastoreSettings | null {
  const names = attributesOf(datastore.driver);
  if (names === null) return null;
  const read = (attribute: Attribute) => {
    const name = names[attribute];
    return name === undefined ? undefined : text(datastore.attributes, name);
  };
  const number = (attribute: Attribute) => {
    const digits = /^(\d{1,12})%?$/.exec(read(attribute) ?? "")?.[1];
    return digits === undefined ? null : Number(digits);
  };
  return {
    name: datastore.name,
    host: read("host") ?? "localhost",
    user: read("user") ?? "oneadmin",
    port: number("port") ?? 22,
    basePath: datastore.basePath,
    limitMb: number("limitMb"),
    rsyncArgs: read("rsyncArgs") ?? null,
    nice: number("nice"),
    ionice: number("ionice"),
    cpuQuota: number("cpuQuota"),
    memoryMaxMb: number("memoryMaxMb"),
    maxReadIops: number("maxReadIops"),
    maxWriteIops: number("maxWriteIops"),
  };
}

/** The attributes with these settings; what the settings do not name stays as it is. */
export function withSettings(driver: string, template: Template, settings: DatastoreSettings): Template {
  const next = { ...template };
  for (const [attribute, name] of Object.entries(attributesOf(driver) ?? {}) as [Attribute, string][]) {
    const value = settings[attribute];
    if (value === null || value === "") delete next[name];
    else next[name] = [String(value)];
  }
  return next;
}

const PLACE = ["host", "user", "port", "basePath"] as const;

/** Is it another machine, account or folder? Then the connection is tested, and the repository must be the same. */
export function isMoved(before: DatastoreSettings, after: DatastoreSettings): boolean {
  return PLACE.some((key) => before[key] !== after[key]);
}
