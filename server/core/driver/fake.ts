import { appError } from "../../domain/errors";
import type { DriverCall, DriverPort, DriverReport } from "./port";

/** What an action answers: stdout, or a whole report. Throws what a driver's failure would. */
export type FakeAnswer = (call: DriverCall) => Promise<string | Partial<DriverReport>> | string | Partial<DriverReport>;

export interface FakeDrivers extends DriverPort {
  /** Every call so far, oldest first. */
  calls: DriverCall[];
  /** Answer `family/action` in another way from now on. */
  on(action: string, answer: FakeAnswer): void;
}

const ADOPTED_BYTES = 64 * 1024 * 1024;

const ANSWERS: Record<string, FakeAnswer> = {
  "datastore/monitor": () => "USED_MB=1000\nTOTAL_MB=100000\nFREE_MB=90000",
  "datastore/backup": ({ document }) => `${/<BACKUP_ID>([0-9a-f]+)</.exec(document)?.[1] ?? ""} 5 raw`,
  "datastore/ls": () => `{"0":"rsync://100//0:00/base/0/00/disk.0.0"}`,
  "datastore/stat": () => "64",
  "datastore/cp": ({ argv }) => `/images/${argv[0] ?? ""} qcow2`,
  "tm/adopt": ({ argv }) =>
    JSON.stringify({
      virtualSize: ADOPTED_BYTES,
      format: argv[3],
      path: (argv[0] ?? "").slice((argv[0] ?? "").indexOf(":") + 1),
    }),
};

/** Drivers that do nothing and say it worked: for tests of the core's own rules, where disks are of no interest. */
export function createFakeDrivers(): FakeDrivers {
  const answers = new Map(Object.entries(ANSWERS));
  const calls: DriverCall[] = [];
  return {
    calls,
    on: (action, answer) => void answers.set(action, answer),
    has: async () => true,
    async call(call) {
      calls.push(call);
      if (call.signal.aborted) throw appError("CANCELLED");
      const answer = (await answers.get(`${call.family}/${call.action}`)?.(call)) ?? "";
      const report = typeof answer === "string" ? { stdout: answer } : answer;
      return { stdout: "", disks: [], manifest: null, frozenMs: null, ...report };
    },
  };
}
