/** QMP, QEMU's control protocol: JSON lines over the stdin and stdout of a qemu-storage-daemon. */
import { z } from "zod";
import type { ProcessResult, RunningProcess } from "../../../lib/process";
import { DriverError } from "../../action";

const Reply = z.object({
  id: z.number().optional(),
  return: z.unknown().optional(),
  error: z.object({ class: z.string(), desc: z.string() }).optional(),
  event: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface Qmp {
  /** The `return` of a command. Throws DriverError with QEMU's description, or when the program has gone. */
  execute(command: string, args?: object): Promise<unknown>;
  /** Resolves once the job has concluded, at once if it had already; the caller asks for its outcome and dismisses it. */
  concluded(jobId: string): Promise<void>;
}

/**
 * Speak QMP with a started program, after its greeting.
 * @param reasonOf why the program ended, when it ends while something waits
 */
export function connectQmp(child: RunningProcess, reasonOf: (result: ProcessResult) => string): Qmp {
  const replies = new Map<number, Waiting>();
  const jobs = new Map<string, Waiting>();
  const concludedJobs = new Set<string>();
  let lastId = 0;
  let gone: DriverError | null = null;

  const handle = (line: string) => {
    const reply = Reply.safeParse(parseLine(line));
    if (!reply.success) return;
    const { id, error, event, data } = reply.data;
    if (event === "JOB_STATUS_CHANGE" && data?.["status"] === "concluded") {
      const jobId = String(data["id"]);
      concludedJobs.add(jobId);
      jobs.get(jobId)?.resolve(undefined);
      jobs.delete(jobId);
    }
    if (id === undefined) return;
    const waiting = replies.get(id);
    replies.delete(id);
    if (error === undefined) waiting?.resolve(reply.data.return);
    else waiting?.reject(new DriverError(error.desc));
  };

  const listen = async () => {
    for await (const line of child.lines()) handle(line);
    gone = new DriverError(reasonOf(await child.done));
    for (const waiting of [...replies.values(), ...jobs.values()]) waiting.reject(gone);
    replies.clear();
    jobs.clear();
  };
  // It cannot reject: lines() ends and done never rejects.
  void listen();

  return {
    execute: (command, args = {}) =>
      new Promise((resolve, reject) => {
        if (gone !== null) return reject(gone);
        lastId += 1;
        replies.set(lastId, { resolve, reject });
        child.write(`${JSON.stringify({ execute: command, arguments: args, id: lastId })}\n`);
      }),
    concluded: (jobId) =>
      new Promise((resolve, reject) => {
        if (gone !== null) return reject(gone);
        if (concludedJobs.has(jobId)) return resolve();
        jobs.set(jobId, { resolve: () => resolve(), reject });
      }),
  };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
