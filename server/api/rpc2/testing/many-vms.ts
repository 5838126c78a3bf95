import type { PrismaClient } from "../../../db/client";
import { UNCONFIGURED } from "../../../domain/backup-config";

/**
 * So many powered-off machines with the ids from 1 on, by one statement a table: a template of usual size with two disks, an
 * interface and a context, two history records, every second one with a backup.
 */
export async function fillVms(db: PrismaClient, vms: number): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Vm" ("id", "uid", "gid", "name", "state", "prevState", "hostId", "systemDatastoreId", "deployId",
      "backupConfig", "template", "userTemplate")
    SELECT n, 0, 0, 'machine-' || n, 'POWEROFF', 'POWEROFF', 0, 0, 'one-' || n, ${JSON.stringify(UNCONFIGURED)}::jsonb,
      jsonb_build_object(
        'CPU', jsonb_build_array('1'), 'MEMORY', jsonb_build_array('2048'), 'VCPU', jsonb_build_array('2'),
        'DISK', jsonb_build_array(
          jsonb_build_object('DISK_ID', '0', 'IMAGE_ID', n::text, 'SIZE', '20480', 'FORMAT', 'qcow2', 'TARGET', 'vda',
            'SOURCE', '/var/lib/one/datastores/1/' || md5(n::text), 'DRIVER', 'qcow2', 'DATASTORE', 'default'),
          jsonb_build_object('DISK_ID', '1', 'TYPE', 'fs', 'SIZE', '4096', 'FORMAT', 'qcow2', 'TARGET', 'vdb')),
        'NIC', jsonb_build_array(jsonb_build_object('NIC_ID', '0', 'NETWORK', 'lan', 'MAC', '02:00:c0:a8:00:01',
          'IP', '192.168.' || n / 250 % 250 || '.' || n % 250)),
        'GRAPHICS', jsonb_build_array(jsonb_build_object('TYPE', 'VNC', 'LISTEN', '0.0.0.0', 'PORT', '5900')),
        'CONTEXT', jsonb_build_array(jsonb_build_object('START_SCRIPT', repeat('echo "<ready>" & ', 150)))),
      jsonb_build_object('LABELS', jsonb_build_array('production,tier-' || n % 5),
        'DESCRIPTION', jsonb_build_array('Machine ' || n || ' of customer <' || n % 100 || '>'))
    FROM generate_series(1, ${vms}::int) n`;
  await db.$executeRaw`
    INSERT INTO "VmHistory" ("vmId", "seq", "hostId", "hostName", "datastoreId", "vmMad", "tmMad", "action")
    SELECT n, s, 0, 'host-' || n % 50, 0, 'kvm', 'qcow2', s * 50
    FROM generate_series(1, ${vms}::int) n, generate_series(0, 1) s`;
  await db.$executeRaw`
    INSERT INTO "Image" ("id", "uid", "gid", "name", "type", "state", "datastoreId", "vmId", "vmName", "isChain")
    SELECT 100000 + n, 0, 0, n || ' backup', 'BACKUP', 'READY', 0, n, 'machine-' || n, true
    FROM generate_series(2, ${vms}::int, 2) n`;
  await db.$executeRaw`ANALYZE`;
}
