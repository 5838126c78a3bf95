import type { Prisma } from "../../db/client";
import type { Tx } from "../../db/tx";
import type { ActionKind } from "../../domain/action";
import type { Actor } from "../../domain/actor";
import type { Outcome } from "../../lib/outcome";
import type { Core } from "../core";
import type { RunLog } from "./log";
import type { ProgressReporter } from "./progress";

/** The row of a running action, as handlers see it. */
export interface RunningAction {
  id: number;
  kind: ActionKind;
  actor: Actor;
  vmId: number | null;
  imageId: number | null;
  datastoreId: number | null;
  input: unknown;
}

/** What a handler works with. */
export interface Run {
  core: Core;
  action: RunningAction;
  /** Aborts when somebody cancels. */
  signal: AbortSignal;
  progress: ProgressReporter;
  log: RunLog;
  /**
   * One durable step: its result is stored, and after a crash it is not repeated once it ended. It may run more than
   * once before that, so it must be idempotent. Results are plain JSON.
   */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export interface Recorded {
  result?: Prisma.InputJsonObject;
  bytes?: bigint | null;
  warnings?: string[];
  imageId?: number;
}

/**
 * How one kind of operation is carried out. `work` does it in steps; `cleanUp` always follows, also after failure and
 * cancel, and has its own time; `record` writes the outcome once, in one transaction with the action's final state.
 */
export interface ActionHandler<W> {
  work(run: Run): Promise<W>;
  cleanUp(run: Run, worked: Outcome<W>): Promise<void>;
  record(tx: Tx, run: Run, worked: Outcome<W>): Promise<Recorded>;
}
