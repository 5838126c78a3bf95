import { CHAIN_READER_KINDS } from "../../domain/action";

export interface QueuedOrRunning {
  id: number;
  kind: string;
  state: string;
  vmId: number | null;
  imageId: number | null;
}

/**
 * What a queued merge has to wait for, null for nothing and for every other action: who reads the chain is never
 * disturbed, and a backup of its VM goes first, because it adds to the chain.
 */
export function flattenBlocker(row: QueuedOrRunning, others: readonly QueuedOrRunning[]): string | null {
  if (row.kind !== "increment-flatten") return null;
  const kinds: readonly string[] = CHAIN_READER_KINDS;
  const reader = others.find((other) => other.imageId === row.imageId && kinds.includes(other.kind));
  if (reader !== undefined) return `run ${reader.id} (${reader.kind}) is reading the chain`;
  const backup = others.find((other) => other.kind === "backup" && other.vmId === row.vmId);
  if (backup !== undefined) return `backup ${backup.id} of this VM goes first`;
  const other = others.find(
    (each) => each.id !== row.id && each.imageId === row.imageId && each.kind === row.kind && each.state === "RUNNING",
  );
  return other === undefined ? null : `run ${other.id} is merging this chain`;
}
