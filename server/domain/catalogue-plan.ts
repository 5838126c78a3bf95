import type { PlannedBackup, PlannedPoint, StorePoint, UnusableBackup } from "./catalogue";

const MIB = 1024 * 1024;

/** A chain of the catalogue that stored points may belong to. */
export interface KnownChain {
  imageId: number;
  isChain: boolean;
  /** Why no point can be added to it now, null when one can. */
  closedFor: string | null;
  points: readonly { incrementId: number; source: string }[];
}

/** What of a VM's backups in a repository can be read in, and what cannot. */
export interface VmStorePlan {
  backups: PlannedBackup[];
  unusable: UnusableBackup[];
  knownCount: number;
}

/** A point whose place in a chain is known. */
interface Placed {
  point: StorePoint;
  incrementId: number;
  parentId: number;
  at: number;
}

/**
 * Put the stored backups of one VM together again. A point is used only when all it needs is there and it is clear what
 * that is: an increment on a parent that is not its own would be a wrong disk without a word.
 * @param keepReasons backup id → why it must be left alone now
 */
export function planVmStore(
  vmId: number,
  points: readonly StorePoint[],
  chains: readonly KnownChain[],
  keepReasons: ReadonlyMap<string, string> = new Map(),
): VmStorePlan {
  const known = new Set(chains.flatMap((chain) => chain.points.map((point) => point.source)));
  const unusable = new Map<string, string>();
  const placed: Placed[] = [];
  for (const point of points) {
    const found = place(vmId, point);
    const reason = known.has(point.backupId) ? null : (keepReasons.get(point.backupId) ?? null);
    if (typeof found === "string" || reason !== null) {
      if (!known.has(point.backupId)) unusable.set(point.backupId, reason ?? String(found));
      continue;
    }
    placed.push(found);
  }
  const parents = linkAll(placed, chains, unusable);
  refuseMerged(placed, unusable, known);
  const branches = keepOneBranch(placed, parents, unusable, known);
  const backups = [
    ...newBackups(placed, branches, unusable, known),
    ...additions(placed, chains, branches, unusable, known),
  ];
  const used = new Set(backups.flatMap((backup) => backup.points.map((point) => point.backupId)));
  for (const { point } of placed) {
    if (!used.has(point.backupId) && !known.has(point.backupId) && !unusable.has(point.backupId)) {
      unusable.set(point.backupId, "It needs a point that cannot be used.");
    }
  }
  return {
    backups: backups.sort((a, b) => (a.points[0]?.at ?? 0) - (b.points[0]?.at ?? 0)),
    unusable: [...unusable].map(([backupId, reason]) => ({ backupId, reason })),
    knownCount: points.filter((point) => known.has(point.backupId)).length,
  };
}

/** Where the point says it stands, or why it cannot be used. */
function place(vmId: number, point: StorePoint): Placed | string {
  const { manifest, document, disks } = point;
  if (point.problem !== null) return point.problem;
  if (document === null) return "Its VM document (vm.xml) is missing or cannot be read.";
  if (document.vmId !== vmId) return `Its VM document is that of VM ${document.vmId}.`;
  const [first] = disks;
  if (first === undefined) return "It holds no disk.";
  if (disks.some((disk) => disk.incrementId !== first.incrementId)) return "Its disks are of different increments.";
  if (manifest === null) {
    const { incrementId } = first;
    const isFull = incrementId === 0 || !document.isIncremental;
    const parentId = isFull ? -1 : (document.lastIncrementId ?? incrementId - 1);
    if (parentId >= incrementId) return "Its VM document names a parent that cannot be.";
    return { point, incrementId, parentId, at: point.modifiedAt * 1000 };
  }
  if (manifest.vmId !== vmId || manifest.backupId !== point.backupId || manifest.incrementId !== first.incrementId) {
    return "Its manifest.json belongs to another backup.";
  }
  const isFull = manifest.type === "FULL";
  if (isFull !== (manifest.parentId === -1) || manifest.parentId >= manifest.incrementId) {
    return "Its manifest.json names a parent that cannot be.";
  }
  for (const disk of manifest.disks) {
    const stored = disks.find((each) => each.id === disk.id);
    if (stored === undefined) return `${disk.file} is missing.`;
    if (manifest.isMerging !== true && stored.bytes !== disk.bytes) {
      return `${disk.file} has ${stored.bytes} bytes; ${disk.bytes} were stored.`;
    }
  }
  const at = Date.parse(manifest.createdAt);
  return {
    point,
    incrementId: manifest.incrementId,
    parentId: manifest.parentId,
    at: Number.isNaN(at) ? point.modifiedAt * 1000 : at,
  };
}

/** Backup id → that of the point it was taken on. */
type Parents = ReadonlyMap<string, string>;

function linkAll(
  placed: readonly Placed[],
  chains: readonly KnownChain[],
  unusable: Map<string, string>,
): Map<string, string> {
  const parents = new Map<string, string>();
  for (const child of placed) {
    if (child.parentId === -1) continue;
    const parent = findParent(child, placed, chains);
    if (parent !== null) parents.set(child.point.backupId, parent);
    else {
      unusable.set(
        child.point.backupId,
        `It is increment ${child.incrementId} and needs increment ${child.parentId}, which is not in the repository or cannot be told from others.`,
      );
    }
  }
  return parents;
}

/** By the backup id that the VM document names; when that point was merged, by the number of its chain. */
function findParent(child: Placed, placed: readonly Placed[], chains: readonly KnownChain[]): string | null {
  const { lastBackupId, chainImageId } = child.point.document ?? { lastBackupId: null, chainImageId: null };
  const named = placed.find((each) => each.point.backupId === lastBackupId);
  if (named !== undefined && named.incrementId === child.parentId) return named.point.backupId;
  const isKnown = chains.some((chain) =>
    chain.points.some((point) => point.source === lastBackupId && point.incrementId === child.parentId),
  );
  if (isKnown) return lastBackupId;
  if (chainImageId === null) return null;
  const candidates = placed.filter(
    ({ point, incrementId, at }) =>
      incrementId === child.parentId &&
      at <= child.at &&
      point.document?.chainImageId === chainImageId &&
      point.backupId !== child.point.backupId,
  );
  const [only, ...others] = candidates;
  return only === undefined || others.length > 0 ? null : only.point.backupId;
}

/** A full that has a predecessor was made by a merge: its predecessors lie there only until they are removed. */
function refuseMerged(placed: readonly Placed[], unusable: Map<string, string>, known: ReadonlySet<string>): void {
  const byId = new Map(placed.map((each) => [each.point.backupId, each]));
  for (const full of placed) {
    if (full.parentId !== -1 || full.incrementId === 0) continue;
    let before = full.point.document?.lastBackupId ?? null;
    let highest = full.incrementId;
    while (before !== null) {
      const old = byId.get(before);
      if (old === undefined || old.incrementId >= highest) break;
      if (!known.has(before))
        unusable.set(before, `It is merged into increment ${full.incrementId}, which is complete by itself.`);
      highest = old.incrementId;
      before = old.parentId === -1 ? null : (old.point.document?.lastBackupId ?? null);
    }
  }
}

/** Parent → the one child that goes on from it. Of two, the one in the catalogue, then the longer branch, then the newer. */
function keepOneBranch(
  placed: readonly Placed[],
  parents: Parents,
  unusable: Map<string, string>,
  known: ReadonlySet<string>,
): Map<string, Placed> {
  const children = new Map<string, Placed[]>();
  for (const child of placed) {
    const parent = parents.get(child.point.backupId);
    if (parent === undefined || unusable.has(child.point.backupId)) continue;
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const lengths = lengthsOf(placed, children);
  const rank = (each: Placed) =>
    [Number(known.has(each.point.backupId)), lengths.get(each.point.backupId) ?? 0, each.at] as const;
  const next = new Map<string, Placed>();
  for (const [parent, rivals] of children) {
    const [best, ...others] = rivals.sort((a, b) => compare(rank(b), rank(a)));
    if (best !== undefined) next.set(parent, best);
    for (const other of others) {
      unusable.set(
        other.point.backupId,
        `Another backup goes on from the same point; this one is ${best !== undefined && known.has(best.point.backupId) ? "not in the catalogue" : "the shorter or older of the two"}.`,
      );
    }
  }
  return next;
}

/** Backup id → points of the longest branch from it. A parent has a smaller increment id, so the newest come first. */
function lengthsOf(
  placed: readonly Placed[],
  children: ReadonlyMap<string, readonly Placed[]>,
): ReadonlyMap<string, number> {
  const lengths = new Map<string, number>();
  for (const { point } of [...placed].sort((a, b) => b.incrementId - a.incrementId)) {
    const below = (children.get(point.backupId) ?? []).map((child) => lengths.get(child.point.backupId) ?? 1);
    lengths.set(point.backupId, 1 + Math.max(0, ...below));
  }
  return lengths;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** The points that go on from one, in order, as far as they can be used. */
function follow(from: string, next: ReadonlyMap<string, Placed>, unusable: ReadonlyMap<string, string>): Placed[] {
  const found: Placed[] = [];
  for (let at = next.get(from); at !== undefined && !unusable.has(at.point.backupId); ) {
    found.push(at);
    at = next.get(at.point.backupId);
  }
  return found;
}

function newBackups(
  placed: readonly Placed[],
  next: ReadonlyMap<string, Placed>,
  unusable: ReadonlyMap<string, string>,
  known: ReadonlySet<string>,
): PlannedBackup[] {
  return placed
    .filter(({ parentId, point }) => parentId === -1 && !unusable.has(point.backupId) && !known.has(point.backupId))
    .map((full) => {
      const all = [full, ...follow(full.point.backupId, next, unusable)];
      // The catalogue has a later point and not the full: nothing that was stored looks like that.
      const cut = all.findIndex(({ point }) => known.has(point.backupId));
      return plannedBackup(cut === -1 ? all : all.slice(0, cut), null);
    });
}

function additions(
  placed: readonly Placed[],
  chains: readonly KnownChain[],
  next: ReadonlyMap<string, Placed>,
  unusable: Map<string, string>,
  known: ReadonlySet<string>,
): PlannedBackup[] {
  const stored = new Set(placed.map(({ point }) => point.backupId));
  return chains.flatMap((chain) => {
    const last = chain.points.at(-1);
    if (last === undefined || !chain.isChain) return [];
    const more = follow(last.source, next, unusable).filter(({ point }) => !known.has(point.backupId));
    if (more.length === 0) return [];
    const reason = stored.has(last.source) ? chain.closedFor : "The point before it is not in the repository any more.";
    if (reason === null) return [plannedBackup(more, chain.imageId)];
    for (const { point } of more) unusable.set(point.backupId, reason);
    return [];
  });
}

function plannedBackup(placed: readonly Placed[], imageId: number | null): PlannedBackup {
  const [first] = placed;
  const document = first?.point.document ?? null;
  const isMerging = placed.some(({ point }) => point.manifest?.isMerging === true);
  const points = placed.map((each, index) => plannedPoint(each, isMerging && index < placed.length - 1));
  return {
    key: first?.point.backupId ?? "",
    imageId,
    isChain: imageId !== null || placed.length > 1 || document?.isIncremental === true,
    isSelected: document?.isSelected ?? false,
    bytes: points.reduce((sum, point) => sum + point.bytes, 0),
    points,
  };
}

function plannedPoint({ point, incrementId, parentId, at }: Placed, isDoubtful: boolean): PlannedPoint {
  const { manifest, document } = point;
  const disks = point.disks.filter((disk) => manifest?.disks.some((each) => each.id === disk.id) ?? true);
  const sizeOf = (disk: StorePoint["disks"][number]) =>
    manifest?.disks.find((each) => each.id === disk.id)?.virtualSize ??
    disk.virtualSize ??
    (document?.sizesMb.get(disk.id) ?? 0) * MIB;
  return {
    backupId: point.backupId,
    incrementId,
    parentId,
    type: parentId === -1 ? "FULL" : "INCREMENT",
    at,
    bytes: disks.reduce((sum, disk) => sum + disk.bytes, 0),
    guestBytes: disks.reduce((sum, disk) => sum + sizeOf(disk), 0),
    diskIds: disks.map((disk) => disk.id).sort((a, b) => a - b),
    hasChecksums: manifest !== null && manifest.isMerging !== true,
    broken: isDoubtful
      ? "Points of this chain were being merged when the catalogue was lost: only the newest can be relied on."
      : null,
  };
}
