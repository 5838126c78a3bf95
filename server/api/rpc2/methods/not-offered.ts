import { RpcError } from "../fault";
import type { RpcMethod, RpcMethods } from "../method";

/** Methods of the reference that Strata does not have, and why. Each answers so, after the session has been checked. */
const REASONS: readonly (readonly [reason: string, methods: readonly string[]])[] = [
  ["Machines are made by restores, from templates, or registered in the browser.", ["vm.allocate"]],
  ["There are no locks of these objects.", ["vn.lock", "vn.unlock"]],
  ["Runs are repeated, cancelled and taken over by Strata itself.", ["vm.recover"]],
  ["Templates are made by restores.", ["template.allocate", "template.clone", "template.delete"]],
  [
    "Hosts are managed in the browser.",
    ["allocate", "delete", "update", "rename", "status"].map((one) => `host.${one}`),
  ],
  [
    "Users are managed in the browser.",
    ["allocate", "delete", "passwd", "update", "chgrp", "addgroup", "delgroup", "chauth", "quota"].map(
      (one) => `user.${one}`,
    ),
  ],
  ["Groups are managed in the browser.", ["group.allocate", "group.delete", "group.update", "group.addadmin"]],
  ["There is one cluster.", ["cluster.allocate", "cluster.delete", "cluster.adddatastore", "cluster.addhost"]],
  ["There are no rules of access.", ["acl.addrule", "acl.delrule"]],
  ["There is one zone.", ["zone.info", "zone.allocate"]],
  ["There are no documents.", ["document.info", "document.allocate", "document.update", "document.delete"]],
  ["Networks are managed in the browser.", ["vn.allocate", "vn.delete", "vn.update", "vn.add_ar", "vn.rm_ar"]],
  [
    "Machines stay where they are and as they are.",
    ["vm.deploy", "vm.migrate", "vm.resize", "vm.diskresize", "vm.disksaveas", "vm.disksnapshotrename"],
  ],
  ["Network interfaces are changed in the browser.", ["vm.attachnic", "vm.detachnic", "vm.updatenic"]],
  ["Accounting is not part of backups.", ["vmpool.accounting", "vmpool.showback", "vmpool.calculateshowback"]],
  ["Images have no snapshots here.", ["image.snapshotdelete", "image.snapshotrevert", "image.snapshotflatten"]],
];

export const notOfferedMethods: RpcMethods = Object.fromEntries(
  REASONS.flatMap(([reason, methods]) =>
    methods.map((method): [string, RpcMethod] => [
      `one.${method}`,
      {
        params: "",
        notOffered: reason,
        async run() {
          throw new RpcError("ACTION", `This method is not offered. ${reason}`);
        },
      },
    ]),
  ),
);
