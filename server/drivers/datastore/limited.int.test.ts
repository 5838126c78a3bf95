import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../lib/process";
import { BASH, scriptOn } from "../../lib/ssh";
import { expectSuccess } from "../conformance";
import { makeRsyncFixture, type RsyncFixture } from "../testing/rsync-fixture";
import { reasonOf, runDriver, startDriver } from "../testing/run-driver";
import { startSshd, type TestSshd } from "../testing/sshd";
import { parseXml } from "../xml";
import { limitedArgv, limitedScript } from "./limited";
import { parseLimits } from "./limits";

function limitsOf(attributes: Record<string, string>, ioPath: string) {
  const template = Object.entries(attributes).map(([name, value]) => `<${name}>${value}</${name}>`);
  const datastore = parseXml(`<X><DATASTORE><ID>7</ID><TEMPLATE>${template.join("")}</TEMPLATE></DATASTORE></X>`).first(
    "DATASTORE",
  );
  if (datastore === null) throw new Error("no datastore");
  return parseLimits(datastore, "RSYNC", 7)(ioPath);
}

describe("limits around a script", () => {
  let dir: string;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), "strata-limits-"));
    // What systemd would be asked for, line by line.
    const fake = `#!/bin/bash\nif [ "$2" = show-environment ]; then exit 0; fi\nprintf '%s\\n' "\${0##*/} $*" >> "${dir}/asked"\n`;
    await writeFile(path.join(dir, "systemctl"), fake);
    const start = `${fake}while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n`;
    await writeFile(path.join(dir, "systemd-run"), start);
    for (const name of ["systemctl", "systemd-run"]) await chmod(path.join(dir, name), 0o755);
  });
  afterAll(async () => await rm(dir, { recursive: true, force: true }));

  it("without limits the script is what it was", () => {
    expect(limitedScript(limitsOf({}, "/repo"), "echo hi", ["a"])).toEqual({ script: "echo hi", args: ["a"] });
    expect(limitedArgv(limitsOf({ RSYNC_NICE: "-1" }, "/repo"), ["true"])).toEqual(["true"]);
  });

  it("nice, ionice and the slice of the datastore, with the arguments unchanged", async () => {
    const limits = limitsOf(
      {
        RSYNC_NICE: "7",
        RSYNC_IONICE: "6",
        RSYNC_CPU_QUOTA: "50%",
        RSYNC_MEMORY_MAX_MB: "256",
        RSYNC_MAX_RIOPS: "100",
        RSYNC_MAX_WIOPS: "90",
      },
      "/a path/$(touch nope)",
    );
    const { script, args } = limitedScript(limits, `nice; ionice; printf '%s|' "$@"`, ["one two", "$HOME", "'"]);
    const result = await run(scriptOn({ host: "localhost" }, script, args), {
      timeoutMs: 10_000,
      env: { PATH: `${dir}:/usr/sbin:/usr/bin:/sbin:/bin` },
    });
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(result.stdout).toBe("7\nbest-effort: prio 6\none two|$HOME|'|");
    const asked = (await run(["cat", path.join(dir, "asked")], { timeoutMs: 5_000 })).stdout;
    expect(asked).toContain(
      "backup.7.slice CPUQuota=50% MemoryMax=256M IOReadIOPSMax=/a path/$(touch nope) 100 IOWriteIOPSMax=/a path/$(touch nope) 90",
    );
    expect(asked).toContain("--scope --quiet --collect --slice=backup.7.slice -- ionice");
  });

  it("an end by signal reaches what is limited", async () => {
    const argv = limitedArgv(limitsOf({ RSYNC_NICE: "5" }, "/"), [
      ...BASH,
      "trap 'exit 9' TERM; while :; do sleep 0.05; done",
    ]);
    const stop = AbortSignal.timeout(500);
    const result = await run(argv, { timeoutMs: 20_000, signal: stop });
    expect(result).toMatchObject({ isCancelled: true, exitCode: 9 });
  });
});

describe("limits of an rsync datastore", () => {
  let sshd: TestSshd;
  let on: RsyncFixture;
  beforeAll(async () => {
    sshd = await startSshd(["backup-server", "vm-host"]);
    on = await makeRsyncFixture(sshd.configPath);
  });
  afterAll(async () => {
    await on.remove();
    await sshd.stop();
  });

  it("a value that is none is refused before anything runs", async () => {
    await on.chain.stage(0);
    const result = await runDriver(on.backupCall({ extra: "<RSYNC_NICE>5; reboot</RSYNC_NICE>" }));
    expect(reasonOf(result)).toContain("RSYNC_NICE must be a number");
  });

  it("the transfer on the host runs with them, and a machine without systemd is told", async () => {
    await on.stageLarge();
    const nices: string[] = [];
    const driver = startDriver({
      ...on.backupCall({
        host: "backup-server",
        from: "vm-host",
        extra: "<RSYNC_NICE>9</RSYNC_NICE><RSYNC_CPU_QUOTA>90</RSYNC_CPU_QUOTA>",
      }),
      onLine: (line) => {
        if (!line.startsWith("INFO: progress-disk 0 ") || nices.length > 0) return;
        nices.push("asked");
        void run(["ps", "-eo", "ni,args"], { timeoutMs: 10_000, maxOutputBytes: 4 * 1024 * 1024 }).then(
          ({ stdout }) => {
            // What reads the disk for the checksum: on a machine with little memory it stands behind dd.
            nices.push(...stdout.split("\n").map((each) => each.trim()));
            if (driver.pid !== undefined) process.kill(driver.pid, "SIGTERM");
          },
        );
      },
    });
    const result = await driver.done;
    expect(nices.some((line) => /^9 .*(dd if=|openssl dgst )/.test(line))).toBe(true);
    const warned = result.stderr.includes("vm-host has no systemd");
    expect(warned).toBe(!existsSync("/run/systemd/system"));
  });

  it("a restore under limits has the same content", async () => {
    const ids = await on.storeChain();
    const extra = "<RSYNC_NICE>3</RSYNC_NICE><RSYNC_IONICE>7</RSYNC_IONICE>";
    expectSuccess(await on.download(ids, { host: "backup-server", extra }));
    expectSuccess(await on.download(ids, { extra }));
  });
});
