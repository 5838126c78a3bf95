import type { Tx } from "../../../db/tx";
import { UNCONFIGURED } from "../../../domain/backup-config";
import { FIRST, GROUPS, HOSTS, type SeedSize, USERS } from "./size";

/**
 * Owners, groups, hosts, datastores, jobs with schedules, and VMs. Every choice follows from the number of the row: two
 * seeds of one size are alike. Hosts have a driver that does not exist and VMs are powered off, so that nothing on the
 * network is asked for them and no poll changes what they are.
 */
export async function seedObjects(tx: Tx, size: SeedSize): Promise<void> {
  await seedPeople(tx);
  await seedPlaces(tx);
  await seedVms(tx, size);
  await seedJobs(tx, size);
}

async function seedPeople(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Group" ("id", "name")
    SELECT ${FIRST.group}::int + n, (ARRAY['web', 'databases', 'office', 'build', 'research', 'finance', 'shop', 'lab'])[n + 1]
    FROM generate_series(0, ${GROUPS}::int - 1) n`;
  await tx.$executeRaw`
    INSERT INTO "User" ("id", "name", "passwordHash", "gid")
    SELECT ${FIRST.user}::int + n, (ARRAY['ana', 'bela', 'chen', 'dora', 'emil', 'fatima', 'goran', 'hana'])[n % 8 + 1]
      || '.' || (ARRAY['ruiz', 'novak', 'okoro', 'lund', 'silva'])[n / 8 + 1], '-', ${FIRST.group}::int + n % ${GROUPS}::int
    FROM generate_series(0, ${USERS}::int - 1) n`;
  await tx.$executeRaw`
    INSERT INTO "Membership" ("userId", "groupId") SELECT "id", "gid" FROM "User" WHERE "id" >= ${FIRST.user}::int`;
}

async function seedPlaces(tx: Tx): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Host" ("id", "name", "vmMad", "polledAt")
    SELECT ${FIRST.host}::int + n, 'kvm-' || lpad((n + 1)::text, 2, '0'), 'seed', now()
    FROM generate_series(0, ${HOSTS}::int - 1) n`;
  await tx.$executeRaw`
    INSERT INTO "Datastore" ("id", "uid", "gid", "name", "permissions", "type", "dsMad", "tmMad", "basePath", "totalMb",
      "freeMb", "usedMb", "monitoredAt", "template")
    SELECT ${FIRST.datastore}::int + n, 0, 0, (ARRAY['backup-north', 'backup-south', 'archive', 'offsite'])[n + 1], 420,
      'BACKUP', 'rsync', '-', '/var/lib/strata-seed/' || n, 120000000, 120000000 - u, u, now(),
      '{"RSYNC_HOST":["localhost"],"RSYNC_USER":["oneadmin"]}'
    FROM generate_series(0, 3) n, LATERAL (SELECT (ARRAY[93000000, 61000000, 38000000, 17500000])[n + 1] AS u) used`;
}

/** VM n: name, owner and host by n; of its place in the backups see `seed_vm` in history.ts. */
async function seedVms(tx: Tx, { vms, jobs }: SeedSize): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "Vm" ("id", "uid", "gid", "name", "permissions", "state", "prevState", "hostId", "systemDatastoreId",
      "deployId", "startedAt", "template", "userTemplate", "backupConfig")
    SELECT n, uid, ${FIRST.group}::int + (uid - ${FIRST.user}::int) % ${GROUPS}::int,
      role || '-' || (ARRAY['prod', 'prod', 'test', 'dev'])[n / 7 % 4 + 1] || '-' || lpad(n::text, 5, '0'), 416,
      'POWEROFF', 'POWEROFF', ${FIRST.host}::int + n % ${HOSTS}::int, 0, 'one-' || n, now() - (n % 900 + 100) * interval '1 day',
      jsonb_build_object('CPU', jsonb_build_array((n % 8 + 1)::text), 'MEMORY', jsonb_build_array((1024 * (n % 16 + 1))::text),
        'TM_MAD_SYSTEM', jsonb_build_array('qcow2'), 'VMID', jsonb_build_array(n::text),
        'NIC', jsonb_build_array(jsonb_build_object('NIC_ID', '0', 'NETWORK', 'lan-' || n % 12, 'IP',
          '10.' || n % 12 || '.' || n / 250 % 250 || '.' || n % 250 + 1, 'MAC', '02:00:0a:00:' || lpad(to_hex(n / 256 % 256), 2, '0')
          || ':' || lpad(to_hex(n % 256), 2, '0'))),
        'DISK', (SELECT jsonb_agg(jsonb_build_object('DISK_ID', d::text, 'TYPE', 'FILE', 'FORMAT',
            CASE WHEN n % 23 = 0 AND d > 0 THEN 'raw' ELSE 'qcow2' END, 'SIZE',
            (8192 * (n % 6 + 1) * (d + 1))::text, 'SOURCE', '/var/lib/one/datastores/0/' || n || '/disk.' || d,
            'TARGET', 'vd' || chr(97 + d), 'TM_MAD', 'qcow2', 'PERSISTENT', 'NO') ORDER BY d)
          FROM generate_series(0, n % 3) d)),
      jsonb_build_object('LABELS', jsonb_build_array((ARRAY['gold', 'silver', 'bronze'])[n % 3 + 1] || ',' || role)),
      ${JSON.stringify(UNCONFIGURED)}::jsonb || jsonb_build_object('configured', n % 50 <> 49, 'mode', 'INCREMENT',
        'incrementMode', 'CBT', 'keepLast', 30, 'backupJobId', CASE WHEN n % 25 < 23 THEN n % ${jobs}::int END)
    FROM (SELECT n, ${FIRST.user}::int + n % ${USERS}::int AS uid,
        (ARRAY['web', 'db', 'mail', 'build', 'cache', 'shop', 'erp', 'files', 'log', 'ci', 'win'])[n % 11 + 1] AS role
      FROM generate_series(0, ${vms}::int - 1) n) v`;
  await tx.$executeRaw`
    INSERT INTO "VmHistory" ("vmId", "seq", "hostId", "hostName", "datastoreId", "vmMad", "tmMad")
    SELECT v."id", 0, v."hostId", h."name", 0, 'kvm', 'qcow2' FROM "Vm" v JOIN "Host" h ON h."id" = v."hostId"`;
}

/** Job n has the VMs that name it; it begins at a quarter of an hour of its own between 20:00 and 06:00 UTC. */
async function seedJobs(tx: Tx, { jobs }: SeedSize): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "BackupJob" ("id", "uid", "gid", "name", "permissions", "priority", "datastoreId", "keepLast", "mode",
      "execution", "policy", "vmIds", "lastBackupAt", "lastBackupDuration")
    SELECT n, 0, 0, (ARRAY['nightly', 'nightly', 'nightly', 'six-hourly', 'weekend'])[n % 5 + 1] || '-' ||
        lpad(n::text, 3, '0'), 420, n % 100, ${FIRST.datastore}::int + n % 4, 30, 'INCREMENT',
      CASE WHEN n % 4 = 0 THEN 'PARALLEL' ELSE 'SEQUENTIAL' END,
      CASE WHEN n % 3 = 0 THEN '{"rpoMinutes": 2880}'::jsonb ELSE '{}'::jsonb END,
      ARRAY(SELECT "id" FROM "Vm" WHERE ("backupConfig"->>'backupJobId')::int = n ORDER BY "id"),
      now() - (n % 600) * interval '1 minute', 1200 + n * 13 % 5000
    FROM generate_series(0, ${jobs}::int - 1) n`;
  await tx.$executeRaw`
    INSERT INTO "ScheduledAction" ("id", "parentType", "parentId", "action", "time", "clock", "zone", "repeat", "days", "actorId")
    SELECT n, 'BACKUPJOB', n, 'backup', extract(epoch FROM at + CASE WHEN at < now() + interval '2 hours'
        THEN interval '1 day' ELSE interval '0' END)::bigint, to_char(at AT TIME ZONE 'UTC', 'HH24:MI:SS'), 'UTC', 'weekly',
      ARRAY[0, 1, 2, 3, 4, 5, 6], 0
    FROM generate_series(0, ${jobs}::int - 1) n,
      LATERAL (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '20 hours'
        + (n % 40) * interval '15 minutes' AS at) planned`;
}
