/** A real sshd on the loopback interface with keys and configuration of its own: a host or backup server for tests. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { run, start } from "../../lib/process";

const SSHD = "/usr/sbin/sshd";
const START_MS = 10_000;

export interface TestSshd {
  /** For STRATA_SSH_CONFIG: the aliases below, and nothing else can be reached. */
  configPath: string;
  /** The account that can log in: the one that runs the tests. */
  user: string;
  port: number;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/**
 * Start an sshd that answers under each alias. Sessions get STRATA_SSH_CONFIG themselves, so a "host" can reach a
 * "backup server" as well.
 * @param variables more of a session's environment, e.g. LIBVIRT_DEFAULT_URI; values without blanks and quotes
 * @param way by which it is reached, when not loopback (cut-off.ts)
 * @throws when sshd is missing or does not listen within 10 s
 */
export async function startSshd(
  aliases: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  way: { address: string; proxyCommand?: string } = { address: "127.0.0.1" },
): Promise<TestSshd> {
  if (!existsSync(SSHD)) throw new Error(`${SSHD} is missing: install openssh-server`);
  const dir = await mkdtemp(path.join(tmpdir(), "strata-sshd-"));
  const { username: user } = userInfo();
  const port = await freePort();
  const file = (name: string) => path.join(dir, name);
  for (const key of ["host_key", "user_key"]) {
    const made = await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file(key)], { timeoutMs: START_MS });
    if (!made.ok) throw new Error(`ssh-keygen: ${made.stderr}`);
  }
  const hostKey = (await readFile(file("host_key.pub"), "utf8")).split(" ").slice(0, 2).join(" ");
  await writeFile(file("authorized_keys"), await readFile(file("user_key.pub"), "utf8"), { mode: 0o600 });
  await writeFile(file("known_hosts"), `[${way.address}]:${port} ${hostKey}\n`);
  await writeFile(
    file("ssh_config"),
    [
      `Host ${aliases.join(" ")}`,
      `  HostName ${way.address}`,
      `  Port ${port}`,
      `  User ${user}`,
      `  IdentityFile ${file("user_key")}`,
      "  IdentitiesOnly yes",
      `  UserKnownHostsFile ${file("known_hosts")}`,
      "  StrictHostKeyChecking yes",
      ...(way.proxyCommand === undefined ? [] : [`  ProxyCommand ${way.proxyCommand}`]),
      "",
    ].join("\n"),
  );
  await writeFile(
    file("sshd_config"),
    [
      `ListenAddress ${way.address}`,
      `Port ${port}`,
      `HostKey ${file("host_key")}`,
      `AuthorizedKeysFile ${file("authorized_keys")}`,
      `PidFile ${file("sshd.pid")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin prohibit-password",
      "MaxStartups 200",
      "Subsystem sftp internal-sftp",
      // HOME: the tester's own .bashrc is no part of a test, and may take a second.
      `SetEnv STRATA_SSH_CONFIG=${file("ssh_config")} HOME=${dir}${Object.entries(variables)
        .map(([name, value]) => ` ${name}=${value}`)
        .join("")}`,
      "",
    ].join("\n"),
  );
  // Privilege separation wants this folder when sshd runs as root.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });

  let listening = () => {};
  const ready = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const stop = new AbortController();
  const child = start([SSHD, "-D", "-e", "-f", file("sshd_config")], {
    signal: stop.signal,
    timeoutMs: 60 * 60 * 1000,
    termGraceMs: 2_000,
    onStderrLine: (line) => {
      if (line.startsWith("Server listening")) listening();
    },
  });
  const timer = setTimeout(() => stop.abort(), START_MS);
  const first = await Promise.race([ready, child.done]);
  clearTimeout(timer);
  if (first !== undefined) throw new Error(`sshd did not start: ${first.spawnError ?? first.stderr}`);
  return {
    configPath: file("ssh_config"),
    user,
    port,
    stop: async () => {
      stop.abort();
      await child.done;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
