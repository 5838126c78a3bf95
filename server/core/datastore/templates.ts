import type { CreateResticDatastore, CreateRsyncDatastore } from "../../domain/datastore";
import type { Template } from "../../domain/template";

/** What every datastore gets when nothing else is said, as in the reference. */
const COMMON: Template = { SAFE_DIRS: ["/var/tmp"], RESTRICTED_DIRS: ["/"] };

/** The attributes of a new rsync datastore. */
export function rsyncTemplate(input: CreateRsyncDatastore): Template {
  return {
    RSYNC_HOST: [input.host],
    RSYNC_USER: [input.user],
    RSYNC_PORT: [String(input.port)],
    ...COMMON,
    ...given({ RSYNC_ARGS: input.rsyncArgs, LIMIT_MB: input.limitMb }),
  };
}

/** The attributes of a new restic datastore; the password is in clear and has to be sealed. */
export function resticTemplate(input: CreateResticDatastore): Template {
  return {
    RESTIC_SFTP_SERVER: [input.host],
    RESTIC_SFTP_USER: [input.user],
    RESTIC_SFTP_PORT: [String(input.port)],
    RESTIC_PASSWORD: [input.password],
    RESTIC_COMPRESSION: [input.compression],
    ...COMMON,
    ...given({
      LIMIT_MB: input.limitMb,
      RESTIC_CONNECTIONS: input.connections,
      RESTIC_BWLIMIT: input.bandwidth,
      RESTIC_MAXPROC: input.processors,
      RESTIC_TMP_DIR: input.tmpDir,
      RESTIC_PRUNE_MAX_UNUSED: input.pruneMaxUnused,
      RESTIC_PRUNE_MAX_REPACK: input.pruneMaxRepack,
      RESTIC_NICE: input.nice,
      RESTIC_IONICE: input.ionice,
      RESTIC_MAX_RIOPS: input.maxReadIops,
      RESTIC_MAX_WIOPS: input.maxWriteIops,
      RESTIC_CPU_QUOTA: input.cpuQuota,
      RESTIC_MEMORY_MAX_MB: input.memoryMaxMb,
    }),
  };
}

function given(values: Record<string, string | number | null>): Template {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, [String(value)]]])),
  );
}
