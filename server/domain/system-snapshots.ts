import { type Template, type TemplateVector, vectors, withValues } from "./template";

/** TEMPLATE/SNAPSHOT: memory and disks of a running VM at one moment. */
export interface SystemSnapshot {
  id: number;
  name: string;
  /** Epoch ms. */
  at: number;
  /** What the hypervisor calls it, e.g. `snap-0`. */
  hypervisorId: string;
}

export function systemSnapshots(template: Template): SystemSnapshot[] {
  return vectors(template, "SNAPSHOT").flatMap((vector) => {
    const id = Number(vector["SNAPSHOT_ID"] ?? "");
    if (!Number.isInteger(id) || vector["SNAPSHOT_ID"] === "") return [];
    return [
      {
        id,
        name: vector["NAME"] ?? "",
        at: Number(vector["TIME"] ?? "0") * 1000,
        hypervisorId: vector["HYPERVISOR_ID"] ?? `snap-${id}`,
      },
    ];
  });
}

export function withSystemSnapshot(template: Template, snapshot: SystemSnapshot, diskMb: number): Template {
  const vector: TemplateVector = {
    SNAPSHOT_ID: String(snapshot.id),
    NAME: snapshot.name,
    TIME: String(Math.floor(snapshot.at / 1000)),
    HYPERVISOR_ID: snapshot.hypervisorId,
    SYSTEM_DISK_SIZE: String(diskMb),
  };
  return withValues(template, "SNAPSHOT", [...vectors(template, "SNAPSHOT"), vector]);
}

export function withoutSystemSnapshot(template: Template, id: number): Template {
  const rest = vectors(template, "SNAPSHOT").filter((vector) => vector["SNAPSHOT_ID"] !== String(id));
  return withValues(template, "SNAPSHOT", rest);
}
