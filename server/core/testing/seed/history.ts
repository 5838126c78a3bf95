import type { Tx } from "../../../db/tx";
import { FIRST, LONG_POINTS, pointsEach, RUN_DAYS, type SeedSize } from "./size";

const CHAIN_POINTS = 15;
const LONG_CHAIN_POINTS = 50;
const GIB = 2 ** 30;

/**
 * Chains with manifests, the runs of the last days, the jobs' runs and lists. Of 100 VMs some two were never backed up, two
 * failed last night and the night before, and three have had no backup for some days.
 */
export async function seedHistory(tx: Tx, size: SeedSize): Promise<void> {
  const each = pointsEach(size);
  await tx.$executeRaw`
    CREATE TEMP TABLE seed_vm ON COMMIT DROP AS
    SELECT "id" AS n, "name", "uid", "gid", ("backupConfig"->>'backupJobId')::int AS job,
      CASE WHEN "id" = 0 THEN ${LONG_POINTS}::int WHEN kind < 2 THEN 0 ELSE ${each}::int END AS points,
      CASE WHEN "id" = 0 THEN ${LONG_CHAIN_POINTS}::int ELSE ${CHAIN_POINTS}::int END AS chain,
      CASE WHEN "id" = 0 THEN interval '6 hours' ELSE interval '1 day' END AS step,
      CASE WHEN kind BETWEEN 2 AND 3 THEN 2 ELSE 0 END AS failed,
      date_trunc('second', now()) - ("id" % 600 + 5) * interval '1 minute'
        - CASE WHEN kind BETWEEN 2 AND 3 THEN 2 WHEN kind BETWEEN 4 AND 6 THEN 3 + "id" % 3 ELSE 0 END * interval '1 day' AS newest,
      coalesce((1 + "id" % 6) * ("id" % 3 + 1)::bigint, 1) * ${GIB}::bigint AS full_bytes
    FROM (SELECT *, CASE WHEN "id" = 0 THEN 50 ELSE "id" * 37 % 100 END AS kind FROM "Vm") v`;
  await tx.$executeRaw`
    CREATE TEMP TABLE seed_chain ON COMMIT DROP AS
    SELECT (row_number() OVER (ORDER BY "oldest", n, c))::int + 9 AS image, s.* FROM (
      SELECT v.*, c, least(v.chain, v.points - c * v.chain) AS length,
        v.newest - (v.points - 1 - c * v.chain) * v.step AS oldest, c = (v.points - 1) / v.chain AS is_open
      FROM seed_vm v, generate_series(0, (v.points - 1) / v.chain) c WHERE v.points > 0) s`;
  await seedImages(tx);
  await seedPoints(tx);
  await seedRuns(tx);
  await seedJobRuns(tx, size);
  await setCounters(tx);
}

async function seedImages(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Image" ("id", "uid", "gid", "name", "type", "format", "state", "prevState", "datastoreId", "vmId", "vmName",
      "isChain", "backupJobId", "backupDisks", "registeredAt", "modifiedAt", "sizeMb")
    SELECT image, "uid", "gid", n || ' ' || to_char("oldest", 'DD-Mon HH24.MI.SS') || ' ' || c, 'BACKUP', 'qcow2', 'READY', 'READY',
      ${FIRST.datastore}::int + coalesce(job, n) % 4, n, "name", true, job, '{0}', "oldest", "oldest", 0
    FROM seed_chain`;
  await tx.$executeRaw`
    UPDATE "Vm" v SET "backupConfig" = v."backupConfig" || jsonb_build_object('incrementalBackupId', c.image,
      'lastIncrementId', c.length - 1, 'lastDatastoreId', ${FIRST.datastore}::int + coalesce(c.job, c.n) % 4,
      'lastBackupId', lpad(to_hex(c.image * 64 + c.length - 1), 8, '0'), 'lastBackupSizeMb', 512, 'lastBackupFormat', 'qcow2')
    FROM seed_chain c WHERE c.n = v."id" AND c.is_open`;
}

async function seedPoints(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Increment" ("imageId", "id", "parentId", "type", "source", "sizeMb", "storedBytes", "at", "verification",
      "verifiedAt", "manifest", "diskIds", "guestBytes", "vmDocument")
    SELECT image, i, i - 1, kind, source, (bytes / 1048576)::int, bytes, at,
      CASE WHEN (image + i) % 9 = 0 THEN 'verified' ELSE 'checksummed' END,
      CASE WHEN (image + i) % 9 = 0 THEN least(now(), at + interval '20 hours') END,
      jsonb_build_object('version', 1, 'vmId', n, 'backupId', source, 'incrementId', i, 'type', kind, 'parentId', i - 1,
        'createdAt', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'tool', 'strata', 'vmXmlSha256', repeat('0', 64),
        'disks', jsonb_build_array(jsonb_build_object('id', 0, 'file', 'disk.0.' || i, 'bytes', bytes, 'sha256', repeat('0', 64),
          'virtualSize', full_bytes * 4, 'bitmap', 'one-' || image || '-' || i))),
      '{0}', full_bytes * 4,
      '<VM><ID>' || n || '</ID><NAME>' || "name" || '</NAME><TEMPLATE><CPU>1</CPU><MEMORY>1024</MEMORY></TEMPLATE></VM>'
    FROM (SELECT c.*, i, c."oldest" + i * c.step AS at, lpad(to_hex(c.image * 64 + i), 8, '0') AS source,
        CASE WHEN i = 0 THEN 'FULL' ELSE 'INCREMENT' END AS kind,
        CASE WHEN i = 0 THEN c.full_bytes ELSE c.full_bytes / 100 * (1 + (c.image * 7 + i * 13) % 9) END AS bytes
      FROM seed_chain c, generate_series(0, c.length - 1) i) p`;
  await tx.$executeRaw`
    UPDATE "Image" m SET "sizeMb" = s.mb
    FROM (SELECT "imageId", sum("sizeMb")::int AS mb FROM "Increment" GROUP BY 1) s WHERE s."imageId" = m."id"`;
}

/** A run for each point of the last days, and those that failed; numbered in the order in which they ended. */
async function seedRuns(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    CREATE TEMP TABLE seed_run ON COMMIT DROP AS
    SELECT (row_number() OVER (ORDER BY at, n))::int + 9 AS id, r.* FROM (
      SELECT c.n, c."name", c.job, c.image, i."id" AS increment, i."at", i."storedBytes" AS bytes, NULL::text AS error
      FROM seed_chain c JOIN "Increment" i ON i."imageId" = c.image WHERE i."at" > now() - ${RUN_DAYS}::int * interval '1 day'
      UNION ALL
      SELECT n, "name", job, NULL, NULL, newest + d * interval '1 day', NULL,
        (ARRAY['No space left on backup-south: 1.2 GiB are needed, 310 MiB are free.',
          'The repository backup-north did not answer within 30 s.',
          'The guest agent did not freeze the file systems within 30 s.',
          'Bitmap one-' || n || '-14 of disk vda is missing: the chain cannot go on.'])[n % 4 + 1]
      FROM seed_vm, generate_series(1, failed) d) r`;
  await tx.$executeRaw`
    INSERT INTO "Action" ("id", "kind", "state", "vmId", "vmName", "imageId", "datastoreId", "hostId", "actorId", "actorName",
      "input", "progress", "result", "error", "warnings", "bytes", "jobId", "createdAt", "startedAt", "endedAt")
    SELECT id, 'backup', CASE WHEN error IS NULL THEN 'DONE' ELSE 'FAILED' END, n, "name", image,
      ${FIRST.datastore}::int + coalesce(job, n) % 4, 1, 0, 'oneadmin', jsonb_build_object('vmId', n),
      '{"phase":"finishing","phases":[],"done":0,"total":0,"rate":null,"disks":[]}',
      CASE WHEN error IS NULL THEN jsonb_build_object('imageId', image, 'incrementId', increment) ELSE '{}' END, error,
      CASE WHEN error IS NULL AND id % 41 = 0 THEN ARRAY['The guest was not frozen: its agent did not answer.'] ELSE '{}' END,
      bytes, job, at - interval '4 minutes', at - interval '3 minutes', at
    FROM seed_run`;
  await tx.$executeRaw`
    UPDATE "Increment" i SET "actionId" = r.id FROM seed_run r
    WHERE r.image = i."imageId" AND r.increment = i."id"`;
  await tx.$executeRaw`
    INSERT INTO "ActionLog" ("actionId", "at", "level", "text")
    SELECT id, at, CASE WHEN error IS NULL THEN 'INFO' ELSE 'ERROR' END, coalesce(error, 'The restore point is stored')
    FROM seed_run`;
}

async function seedJobRuns(tx: Tx, { jobs }: SeedSize): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "JobVm" ("jobId", "vmId", "list", "error")
    SELECT job, n, CASE WHEN failed > 0 THEN 'ERROR' ELSE 'UPDATED' END,
      CASE WHEN failed > 0 THEN 'The last backup failed.' END FROM seed_vm WHERE job IS NOT NULL`;
  await tx.$executeRaw`
    INSERT INTO "JobRun" ("id", "jobId", "trigger", "actorId", "actorName", "startedAt", "endedAt", "planned", "done", "failed")
    SELECT (row_number() OVER (ORDER BY d DESC, j))::int + 9, j, 'schedule', 0, 'oneadmin',
      now() - d * interval '1 day' - interval '11 hours', now() - d * interval '1 day' - interval '10 hours', m.members,
      m.members - CASE WHEN d < 2 THEN m.failed ELSE 0 END, CASE WHEN d < 2 THEN m.failed ELSE 0 END
    FROM generate_series(0, ${RUN_DAYS}::int - 1) d, generate_series(0, ${jobs}::int - 1) j,
      LATERAL (SELECT count(*)::int AS members, count(*) FILTER (WHERE "list" = 'ERROR')::int AS failed
        FROM "JobVm" WHERE "jobId" = j) m`;
}

/** Ids go on behind what is there. */
async function setCounters(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Counter" ("name", "next")
    SELECT name, coalesce(top, -1) + 1 FROM (VALUES
      ('user', (SELECT max("id") FROM "User")), ('group', (SELECT max("id") FROM "Group")),
      ('host', (SELECT max("id") FROM "Host")), ('datastore', (SELECT max("id") FROM "Datastore")),
      ('image', (SELECT max("id") FROM "Image")), ('vm', (SELECT max("id") FROM "Vm")),
      ('action', (SELECT max("id") FROM "Action")), ('job', (SELECT max("id") FROM "BackupJob")),
      ('job-run', (SELECT max("id") FROM "JobRun")), ('schedule', (SELECT max("id") FROM "ScheduledAction"))) c (name, top)
    ON CONFLICT ("name") DO UPDATE SET "next" = excluded."next"`;
}
