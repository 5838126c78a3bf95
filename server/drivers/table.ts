import type { DriverAction } from "./action";

/** Loads the code of one action only, so that starting a driver stays cheap. */
type Load = () => Promise<{ action: DriverAction }>;

/** The tm drivers share their names; a driver module is imported when it is called. */
const TM_ACTIONS: Readonly<Record<string, Load>> = {
  "tm/qcow2/prebackup": () => import("./tm/qcow2/prebackup"),
  "tm/qcow2/overlay": () => import("./tm/qcow2/overlay"),
  "tm/qcow2/postbackup": () => import("./tm/qcow2/postbackup"),
  "tm/qcow2/prebackup_live": () => import("./tm/qcow2/prebackup_live"),
  "tm/qcow2/postbackup_live": () => import("./tm/qcow2/postbackup_live"),
  "tm/qcow2/adopt": () => import("./tm/qcow2/adopt"),
  "tm/qcow2/clone": () => import("./tm/qcow2/clone"),
  "tm/qcow2/ln": () => import("./tm/qcow2/ln"),
  "tm/qcow2/mkimage": () => import("./tm/qcow2/mkimage"),
  "tm/qcow2/delete": () => import("./tm/qcow2/delete"),
  "tm/qcow2/snap_create": () => import("./tm/qcow2/snap_create"),
  "tm/qcow2/snap_create_live": () => import("./tm/qcow2/snap_create_live"),
  "tm/qcow2/snap_delete": () => import("./tm/qcow2/snap_delete"),
  "tm/qcow2/snap_delete_live": () => import("./tm/qcow2/snap_delete_live"),
  "tm/qcow2/snap_revert": () => import("./tm/qcow2/snap_revert"),
  "tm/qcow2/resize": () => import("./tm/qcow2/resize"),
  "tm/qcow2/restore": () => import("./tm/qcow2/restore"),
  "tm/qcow2/postrestore": () => import("./tm/qcow2/postrestore"),
  "tm/shared/prebackup": () => import("./tm/shared/prebackup"),
  "tm/shared/overlay": () => import("./tm/shared/overlay"),
  "tm/shared/postbackup": () => import("./tm/shared/postbackup"),
  "tm/shared/prebackup_live": () => import("./tm/shared/prebackup_live"),
  "tm/shared/postbackup_live": () => import("./tm/shared/postbackup_live"),
  "tm/shared/adopt": () => import("./tm/shared/adopt"),
  "tm/shared/clone": () => import("./tm/shared/clone"),
  "tm/shared/ln": () => import("./tm/shared/ln"),
  "tm/shared/mkimage": () => import("./tm/shared/mkimage"),
  "tm/shared/delete": () => import("./tm/shared/delete"),
  "tm/shared/snap_create": () => import("./tm/shared/snap_create"),
  "tm/shared/snap_create_live": () => import("./tm/shared/snap_create_live"),
  "tm/shared/snap_delete": () => import("./tm/shared/snap_delete"),
  "tm/shared/snap_delete_live": () => import("./tm/shared/snap_delete_live"),
  "tm/shared/snap_revert": () => import("./tm/shared/snap_revert"),
  "tm/shared/resize": () => import("./tm/shared/resize"),
  "tm/shared/restore": () => import("./tm/shared/restore"),
  "tm/shared/postrestore": () => import("./tm/shared/postrestore"),
  "tm/ssh/prebackup": () => import("./tm/ssh/prebackup"),
  "tm/ssh/overlay": () => import("./tm/ssh/overlay"),
  "tm/ssh/postbackup": () => import("./tm/ssh/postbackup"),
  "tm/ssh/prebackup_live": () => import("./tm/ssh/prebackup_live"),
  "tm/ssh/postbackup_live": () => import("./tm/ssh/postbackup_live"),
  "tm/ssh/adopt": () => import("./tm/ssh/adopt"),
  "tm/ssh/clone": () => import("./tm/ssh/clone"),
  "tm/ssh/ln": () => import("./tm/ssh/ln"),
  "tm/ssh/mkimage": () => import("./tm/ssh/mkimage"),
  "tm/ssh/delete": () => import("./tm/ssh/delete"),
  "tm/ssh/snap_create": () => import("./tm/ssh/snap_create"),
  "tm/ssh/snap_create_live": () => import("./tm/ssh/snap_create_live"),
  "tm/ssh/snap_delete": () => import("./tm/ssh/snap_delete"),
  "tm/ssh/snap_delete_live": () => import("./tm/ssh/snap_delete_live"),
  "tm/ssh/snap_revert": () => import("./tm/ssh/snap_revert"),
  "tm/ssh/resize": () => import("./tm/ssh/resize"),
  "tm/ssh/restore": () => import("./tm/ssh/restore"),
  "tm/ssh/postrestore": () => import("./tm/ssh/postrestore"),
  "tm/ceph/prebackup": () => import("./tm/ceph/prebackup"),
  "tm/ceph/postbackup": () => import("./tm/ceph/postbackup"),
  "tm/ceph/prebackup_live": () => import("./tm/ceph/prebackup_live"),
  "tm/ceph/postbackup_live": () => import("./tm/ceph/postbackup_live"),
  "tm/ceph/adopt": () => import("./tm/ceph/adopt"),
  "tm/ceph/clone": () => import("./tm/ceph/clone"),
  "tm/ceph/ln": () => import("./tm/ceph/ln"),
  "tm/ceph/mkimage": () => import("./tm/ceph/mkimage"),
  "tm/ceph/delete": () => import("./tm/ceph/delete"),
};

const STORAGE_ACTIONS: Readonly<Record<string, Load>> = {
  "datastore/rsync/monitor": () => import("./datastore/rsync/monitor"),
  "datastore/rsync/test": () => import("./datastore/rsync/test"),
  "datastore/rsync/backup": () => import("./datastore/rsync/backup"),
  "datastore/rsync/backup_cancel": () => import("./datastore/rsync/backup_cancel"),
  "datastore/rsync/rm": () => import("./datastore/rsync/rm"),
  "datastore/rsync/stat": () => import("./datastore/rsync/stat"),
  "datastore/rsync/increment_flatten": () => import("./datastore/rsync/increment_flatten"),
  "datastore/rsync/ls": () => import("./datastore/rsync/ls"),
  "datastore/rsync/verify": () => import("./datastore/rsync/verify"),
  "datastore/rsync/list": () => import("./datastore/rsync/list"),
  "datastore/rsync/describe": () => import("./datastore/rsync/describe"),
  "datastore/rsync/changes": () => import("./datastore/rsync/changes"),
  "datastore/ceph/monitor": () => import("./datastore/ceph/monitor"),
  "datastore/ceph/test": () => import("./datastore/ceph/test"),
  "datastore/ceph/cp": () => import("./datastore/ceph/cp"),
  "datastore/ceph/stat": () => import("./datastore/fs/stat"),
  "datastore/ceph/rm": () => import("./datastore/ceph/rm"),
  "datastore/ceph/mkfs": () => import("./datastore/ceph/mkfs"),
  "datastore/restic/monitor": () => import("./datastore/restic/monitor"),
  "datastore/restic/test": () => import("./datastore/restic/test"),
  "datastore/restic/backup": () => import("./datastore/restic/backup"),
  "datastore/restic/backup_cancel": () => import("./datastore/restic/backup_cancel"),
  "datastore/restic/rm": () => import("./datastore/restic/rm"),
  "datastore/restic/stat": () => import("./datastore/restic/stat"),
  "datastore/restic/list": () => import("./datastore/restic/list"),
  "datastore/restic/describe": () => import("./datastore/restic/describe"),
  "datastore/restic/ls": () => import("./datastore/restic/ls"),
  "datastore/restic/verify": () => import("./datastore/restic/verify"),
  "datastore/restic/increment_flatten": () => import("./datastore/restic/increment_flatten"),
  "datastore/fs/monitor": () => import("./datastore/fs/monitor"),
  "datastore/fs/cp": () => import("./datastore/fs/cp"),
  "datastore/fs/stat": () => import("./datastore/fs/stat"),
  "datastore/fs/rm": () => import("./datastore/fs/rm"),
  "datastore/fs/mkfs": () => import("./datastore/fs/mkfs"),
  "downloader/rsync": () => import("./downloader/rsync"),
  "downloader/restic": () => import("./downloader/restic"),
};

const VMM_ACTIONS: Readonly<Record<string, Load>> = {
  "vmm/sandbox/boot_check": () => import("./vmm/sandbox/boot_check"),
  "vmm/kvm/deploy": () => import("./vmm/kvm/deploy"),
  "vmm/kvm/start": () => import("./vmm/kvm/start"),
  "vmm/kvm/shutdown": () => import("./vmm/kvm/shutdown"),
  "vmm/kvm/cancel": () => import("./vmm/kvm/cancel"),
  "vmm/kvm/reboot": () => import("./vmm/kvm/reboot"),
  "vmm/kvm/poll": () => import("./vmm/kvm/poll"),
  "vmm/kvm/attach_disk": () => import("./vmm/kvm/attach_disk"),
  "vmm/kvm/detach_disk": () => import("./vmm/kvm/detach_disk"),
  "vmm/kvm/snapshot_create": () => import("./vmm/kvm/snapshot_create"),
  "vmm/kvm/snapshot_revert": () => import("./vmm/kvm/snapshot_revert"),
  "vmm/kvm/snapshot_delete": () => import("./vmm/kvm/snapshot_delete"),
  "vmm/kvm/list": () => import("./vmm/kvm/list"),
  "vmm/kvm/test": () => import("./vmm/kvm/test"),
};

/** Every action of ours by its place below `remotes/`; each module exports it as `action`. */
export const ACTIONS: Readonly<Record<string, Load>> = { ...STORAGE_ACTIONS, ...TM_ACTIONS, ...VMM_ACTIONS };

/**
 * The action that a program path stands for: `…/<family>/<driver>/<action>`, or `…/downloader/<driver>`.
 * Null when it names none of ours.
 */
export function actionNameOf(programPath: string): string | null {
  const words = programPath.split("/");
  for (const length of [3, 2]) {
    const name = words.slice(-length).join("/");
    if (Object.hasOwn(ACTIONS, name)) return name;
  }
  return null;
}
