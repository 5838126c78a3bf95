import type { Logger } from "pino";
import type { PrismaClient } from "../db/client";
import type { Clock } from "../lib/clock";
import type { DriverPort } from "./driver/port";
import type { LiveBus } from "./event/bus";

/** The parts every use case may need; built once by `runtime.ts`, by hand in tests. */
export interface Core {
  db: PrismaClient;
  drivers: DriverPort;
  clock: Clock;
  log: Logger;
  bus: LiveBus;
  config: CoreConfig;
  /** Something to schedule has appeared: let the tick run now. */
  wake: () => void;
  /** Abort the work of a running action on this node; false when it does not run here. */
  abortAction: (actionId: number) => boolean;
}

export interface CoreConfig {
  nodeName: string;
  home: string;
  /** Root of `<datastore id>/…`. */
  datastoreLocation: string;
  /** IANA zone of the server, for backup names and schedules. */
  zone: string;
  version: string;
  /** File of the program that reads guests' disks in the sandbox. */
  guestReader: string;
}
