import type { LogLevel } from "../../domain/action";
import type { Manifest } from "../../domain/backup";
import type { DiskFacts } from "../../lib/wire";

/** One driver action to run: where it is, what it gets. */
export interface DriverCall {
  family: "datastore" | "tm" | "vmm" | "im";
  driver: string;
  action: string;
  argv: readonly string[];
  /** The XML document for stdin; empty when the action takes none. */
  document: string;
  signal: AbortSignal;
  onLog?: (level: LogLevel, text: string) => void;
  onProgress?: (done: number, total: number) => void;
  /** A flatten that fails has changed nothing. */
  onChainWhole?: () => void;
  onDiskProgress?: (diskId: number, done: number, total: number) => void;
}

/** Facts that our drivers report on the way; a foreign driver reports none. */
export interface DriverReport {
  stdout: string;
  disks: DiskFacts[];
  /** Null when there was none. */
  manifest: Manifest | null;
  /** How long the guest stood still, ms; null when it did not. */
  frozenMs: number | null;
}

/** What the core knows of drivers. Implementations: `runner.ts` (processes), `fake.ts` (unit tests). */
export interface DriverPort {
  /**
   * Run one action to its end.
   * @throws AppError DRIVER_FAILED, CHAIN_RESET_NEEDED (the driver cannot take an increment), DRIVER_MISSING,
   * DRIVER_TIMEOUT, CANCELLED.
   */
  call(call: DriverCall): Promise<DriverReport>;
  /** Is there an executable for this action? */
  has(call: Pick<DriverCall, "family" | "driver" | "action">): Promise<boolean>;
}
