import type { LogLevel } from "../../domain/action";

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
  onDiskProgress?: (diskId: number, done: number, total: number) => void;
}

/** Facts that our drivers report on the way; a foreign driver reports none. */
export interface DriverReport {
  stdout: string;
  /** JSON of each `INFO: disk` line, parsed. */
  disks: { id: number; virtualSize: number; file: string; bytes: number; bitmap: string | null }[];
  /** JSON of the `INFO: manifest` line, parsed; null when there was none. */
  manifest: unknown;
  /** Reason of an `INFO: chain-reset` line. */
  chainReset: string | null;
}

/** What the core knows of drivers. Implementations: `runner.ts` (processes), `fake.ts` (unit tests). */
export interface DriverPort {
  /**
   * Run one action to its end.
   * @throws AppError DRIVER_FAILED with `chainReset` in its data when the driver asked for a new chain;
   * DRIVER_MISSING, DRIVER_TIMEOUT, DRIVER_ANSWER, CANCELLED.
   */
  call(call: DriverCall): Promise<DriverReport>;
}
