import type { Chain, RestorePoint, Verification } from "@/server/domain/backup";

interface SampleOptions {
  /** Increment ids that cannot be restored. */
  broken?: number[];
  verification?: Verification;
  isChain?: boolean;
  isOpen?: boolean;
  /** Stored bytes by increment id. */
  storedBytes?: number[];
}

/** A chain with one point per time, as the tests of this folder need it. */
export function chainOf(imageId: number, times: readonly number[], options: SampleOptions = {}): Chain {
  const points = times.map((at, incrementId): RestorePoint => {
    const storedBytes = options.storedBytes?.[incrementId] ?? 1024;
    return {
      imageId,
      incrementId,
      parentId: incrementId - 1,
      type: incrementId === 0 ? "FULL" : "INCREMENT",
      at,
      storedBytes,
      restoreBytes: storedBytes * (incrementId + 1),
      guestBytes: 4096,
      source: `source-${imageId}-${incrementId}`,
      verification: options.verification ?? "checksummed",
      verifiedAt: null,
      verifyActionId: null,
      verificationNote: null,
      bootCheck: null,
      diskIds: [0],
      frozenMs: null,
      actionId: null,
      broken: options.broken?.includes(incrementId) === true ? "a stored file is missing" : null,
    };
  });
  return {
    imageId,
    name: `7 chain ${imageId}`,
    vmId: 7,
    vmName: "web-01",
    datastoreId: 100,
    datastoreName: "backups",
    isChain: options.isChain ?? true,
    isOpen: options.isOpen ?? false,
    state: "READY",
    storedBytes: points.reduce((sum, point) => sum + point.storedBytes, 0),
    points,
    error: null,
  };
}
