import { parseBackupConfigVector } from "../backup-config-merge";
import { isYes, type Template, type TemplateVector, text, vectors } from "../template";
import { DEFAULT_POLICY, DEFAULT_PRIORITY, type JobSettings, normalizedVmIds } from "./job";

/** Attributes that mean something to a job; all others are kept as they came. */
const KNOWN = new Set(
  (
    "NAME PRIORITY SCHED_ACTION ERROR BACKUP_VMS DATASTORE_ID KEEP_LAST BACKUP_VOLATILE FS_FREEZE MODE INCREMENT_MODE " +
    "DISK_IDS EXECUTION RESET"
  ).split(" "),
);

/** What a template of `one.backupjob.allocate` says. */
export interface JobTemplate {
  name: string;
  priority: number;
  settings: JobSettings;
  schedules: TemplateVector[];
}

/**
 * Read a job's template with the reference's normalisation: bad words fall back to their defaults without an error
 * (jobs-api-cli §1.3). `policy` is ours and is not part of templates.
 * @throws BACKUP_CONFIG_INVALID for DISK_IDS, which alone is checked
 */
export function parseJobTemplate(template: Template, policy: JobSettings["policy"] = DEFAULT_POLICY): JobTemplate {
  const value = (name: string) => text(template, name)?.trim();
  const upper = (name: string) => value(name)?.toUpperCase();
  const config: TemplateVector = {};
  for (const name of ["BACKUP_VOLATILE", "FS_FREEZE", "KEEP_LAST", "MODE", "INCREMENT_MODE", "DISK_IDS"]) {
    const given = text(template, name);
    if (given !== undefined) config[name] = given;
  }
  const parsed = parseBackupConfigVector(config);
  const mode = parsed.mode ?? "FULL";
  const extra = Object.entries(template).flatMap(([name, values]) => {
    const texts = values.filter((one): one is string => typeof one === "string");
    return KNOWN.has(name) || texts.length === 0 ? [] : [[name, texts] as const];
  });
  return {
    name: value("NAME") ?? "",
    priority: integer(value("PRIORITY")) ?? DEFAULT_PRIORITY,
    schedules: vectors(template, "SCHED_ACTION"),
    settings: {
      vmIds: normalizedVmIds(parseIds(value("BACKUP_VMS") ?? "")),
      datastoreId: integer(value("DATASTORE_ID")),
      keepLast: parsed.keepLast ?? 0,
      backupVolatile: isYes(value("BACKUP_VOLATILE")),
      fsFreeze: parsed.fsFreeze ?? "NONE",
      mode,
      incrementMode: mode === "INCREMENT" ? (parsed.incrementMode ?? "CBT") : null,
      diskIds: parsed.diskIds ?? null,
      execution: upper("EXECUTION") === "PARALLEL" ? "PARALLEL" : "SEQUENTIAL",
      reset: isYes(value("RESET")),
      policy,
      extra: Object.fromEntries(extra),
    },
  };
}

function parseIds(list: string): number[] {
  return list.split(",").flatMap((word) => {
    const id = integer(word.trim());
    return id === null ? [] : [id];
  });
}

function integer(word: string | undefined): number | null {
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : null;
}
