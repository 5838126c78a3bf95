import { chainUpTo, validateChain } from "./chain";
import { ObjectName } from "./ids";
import type { CheckLevel, PlanCheck, RestorePlan } from "./restore";
import type { PlanPoint, RestorePlanInput } from "./restore-plan-input";
import { type Template, vectors } from "./template";
import { isEligible, readDisks } from "./vm-disks";

const MIB = 1024 * 1024;
/** Address keys of a NIC that no two running VMs may share. */
const ADDRESS_KEYS = ["IP", "IP6", "IP6_ULA", "IP6_GLOBAL", "MAC"] as const;
/** Sections that can carry addresses. Only NIC is cleaned by the network choice, as in the reference. */
const ADDRESS_SECTIONS = ["NIC", "NIC_ALIAS", "PCI"] as const;

type Draft = Omit<RestorePlan, "checks" | "isRunnable">;
type Finding = [level: CheckLevel, text: string];

/** Every check of a plan, in the order of the review page; each says what to do when it is not fine. */
export function planChecks(input: RestorePlanInput, point: PlanPoint, plan: Draft): PlanCheck[] {
  const findings: [PlanCheck["id"], Finding][] = [
    ["point", checkPoint(input, point)],
    ["verification", checkVerification(input, point)],
    ["permissions", checkPermissions(input)],
    ["capacity", checkCapacity(input, plan)],
    ["names", checkNames(input, plan)],
    ["network", checkNetwork(input, plan)],
    ["partial", checkPartial(input, plan)],
    ...(input.attach === undefined ? [] : [["attach", checkAttach(input.attach)] satisfies [PlanCheck["id"], Finding]]),
  ];
  return findings.map(([id, [level, text]]) => ({ id, level, text }));
}

/** What a restore of any kind needs to know of the chain. */
type ChainInput = { chain: { points: RestorePlanInput["chain"]["points"] } };

/** Can the point be restored at all? */
export function checkPoint(input: ChainInput, point: PlanPoint): Finding {
  const steps = chainUpTo(input.chain.points, point.incrementId);
  if (point.isExpired === true) {
    return ["error", "This point is older than KEEP_LAST keeps and is merged into a later one. Choose a later point."];
  }
  const broken = steps.find((step) => step.broken !== null);
  if (broken !== undefined) {
    const where =
      broken.incrementId === point.incrementId ? "This point" : `Increment ${broken.incrementId}, which it needs,`;
    return ["error", `${where} cannot be restored: ${broken.broken}`];
  }
  const gap = validateChain(steps);
  if (gap !== null) return ["error", `The chain is not complete: ${gap}`];
  return [
    "ok",
    steps.length === 1 ? "The point is a full backup." : `The point is merged from ${steps.length} backups.`,
  ];
}

/** How far the stored files can be trusted. */
export function checkVerification(input: ChainInput, point: PlanPoint): Finding {
  const steps = chainUpTo(input.chain.points, point.incrementId);
  const failed = steps.find((step) => step.verification === "failed");
  if (failed !== undefined) {
    return ["error", `Increment ${failed.incrementId} failed its check. Choose a point before it.`];
  }
  const unverified = steps.filter((step) => step.verification === "unverified").map((step) => step.incrementId);
  if (unverified.length > 0) {
    return [
      "warning",
      `No checksums are known for increment ${unverified.join(", ")}. Damage would only show when the copy is used.`,
    ];
  }
  return ["ok", "Every stored file is checked against its checksum before it is used."];
}

function checkPermissions(input: RestorePlanInput): Finding {
  const { may, request, chain, datastore } = input;
  if (!may.useImage) return ["error", `You need the USE right on backup ${chain.imageId}. Its owner can grant it.`];
  if (!may.useDatastore) {
    return ["error", `You need the USE right on datastore ${datastore.id}. An administrator can grant it.`];
  }
  if (request.instantiate !== null && !may.instantiate) {
    return ["error", "You may not create a VM on this host. Restore without creating a VM, or ask an administrator."];
  }
  return ["ok", "You have the rights that are needed."];
}

/** A VM takes the disks a second time, on the system datastore: as images, and as the copies that it runs on. */
function checkCapacity(input: RestorePlanInput, plan: Draft): Finding {
  const needMb = Math.ceil(plan.totalVirtualSize / MIB);
  const { name, freeMb } = plan.datastore;
  if (needMb > freeMb) {
    return [
      "error",
      `The disks may take ${needMb} MiB, but only ${freeMb} MiB are free on ${name}. Choose another datastore.`,
    ];
  }
  const room = `The disks may take ${needMb} MiB; ${freeMb} MiB are free on ${name}.`;
  const { system } = input;
  if (input.request.instantiate === null || system === null) return ["ok", room];
  if (needMb > system.freeMb) {
    return [
      "error",
      `The VM's copies of the disks may take ${needMb} MiB, but only ${system.freeMb} MiB are free on ${system.name}. ` +
        "Choose another system datastore, or restore without creating a VM.",
    ];
  }
  if (2 * needMb > Math.min(freeMb, system.freeMb)) {
    return [
      "warning",
      `The disks may take ${needMb} MiB on ${name} and again on ${system.name}. If both are on one file system, ` +
        `its ${Math.min(freeMb, system.freeMb)} MiB are too few.`,
    ];
  }
  return ["ok", `${room} The VM's copies may take as much of the ${system.freeMb} MiB free on ${system.name}.`];
}

function checkNames(input: RestorePlanInput, plan: Draft): Finding {
  const { takenNames, request } = input;
  const vmName = request.instantiate === null ? null : (request.instantiate.name ?? plan.templateName);
  const wanted: { kind: string; name: string; taken: ReadonlySet<string> }[] = [
    ...plan.disks.map((disk) => ({ kind: "image", name: disk.imageName, taken: takenNames.images })),
    ...(plan.templateName === null
      ? []
      : [{ kind: "VM template", name: plan.templateName, taken: takenNames.templates }]),
    ...(vmName === null ? [] : [{ kind: "VM", name: vmName, taken: takenNames.vms }]),
  ];
  for (const { kind, name, taken } of wanted) {
    const issue = ObjectName.safeParse(name).error?.issues[0]?.message;
    if (issue !== undefined) return ["error", `"${name}" cannot name the ${kind}: ${issue}.`];
    if (taken.has(name)) return ["error", `You already have a ${kind} named "${name}". Choose another name.`];
  }
  return ["ok", "All names are free."];
}

function checkNetwork(input: RestorePlanInput, plan: Draft): Finding {
  if (plan.templateAfter === null) return ["ok", "A single disk has no network."];
  if (!input.aliveOriginal) return ["ok", `VM ${plan.vmId} no longer exists, so no address can be in use twice.`];
  const shared = sharedAddresses(plan.templateBefore, plan.templateAfter);
  if (shared.length === 0) return ["ok", "No address of the original VM is used again."];
  return [
    "warning",
    `VM ${plan.vmId} still exists and has ${shared.join(", ")}. Do not run both, or choose another network option.`,
  ];
}

/**
 * Addresses that the restored VM would share with the original. A MAC that is dropped because the IP stays comes back
 * the same, since it is made from the IP: so the MAC of a kept IP counts.
 */
function sharedAddresses(before: Template, after: Template): string[] {
  const kept = new Set(ADDRESS_SECTIONS.flatMap((section) => vectors(after, section).flatMap((nic) => addresses(nic))));
  const shared = ADDRESS_SECTIONS.flatMap((section) =>
    vectors(before, section).flatMap((nic) => {
      const own = addresses(nic);
      return own.some((address) => kept.has(address)) ? own : [];
    }),
  );
  return [...new Set(shared)];
}

function addresses(nic: Readonly<Record<string, string>>): string[] {
  return ADDRESS_KEYS.flatMap((key) => nic[key] || []);
}

function checkAttach({ vmId, vmName, problem }: NonNullable<RestorePlanInput["attach"]>): Finding {
  return problem === null
    ? ["ok", `${vmName} (VM ${vmId}) gets one disk more. If that is in its backups, its next backup is a full one.`]
    : ["error", problem];
}

function checkPartial(input: RestorePlanInput, plan: Draft): Finding {
  if (plan.templateAfter === null) return ["ok", "Only this disk is restored, as an image; no VM template is made."];
  const restored = new Set(plan.disks.map((disk) => disk.diskId));
  const known = readDisks(input.vmDocument.template);
  const left = known.filter((disk) => !restored.has(disk.diskId));
  const unknown = [...restored].filter((diskId) => !known.some((disk) => disk.diskId === diskId));
  const missing = left.filter((disk) => isEligible(disk, { backupVolatile: false })).map((disk) => disk.diskId);
  const empty = left.filter((disk) => disk.type === "FS").map((disk) => disk.diskId);
  const notes: string[] = [];
  if (missing.length > 0) {
    const why = input.selectedDisksOnly ? "This backup holds chosen disks only. " : "";
    notes.push(`${why}Disk ${missing.join(", ")} of the VM will be missing from the copy.`);
  }
  if (empty.length > 0) notes.push(`Volatile disk ${empty.join(", ")} was not backed up and starts empty.`);
  if (unknown.length > 0)
    notes.push(`Disk ${unknown.join(", ")} is not in the VM document: its image is not attached.`);
  return notes.length === 0 ? ["ok", "Every disk of the VM is restored."] : ["warning", notes.join(" ")];
}
