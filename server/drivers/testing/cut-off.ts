/** A network of its own between ssh and a test sshd, whose packets can be dropped: no reset, no error, only silence. */
import { randomBytes, randomInt } from "node:crypto";
import { tool } from "./disks";

export interface CutOff {
  /** For startSshd: the address to listen on, and how ssh gets there. */
  way: { address: string; proxyCommand: string };
  /** Drop every packet from now on, of old and new connections. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  remove(): Promise<void>;
}

/** $1 name, $2 and $3 the two addresses. */
const MAKE = `
ip netns add "$1"
ip link add "$1" type veth peer name eth0 netns "$1"
ip address add "$2/30" dev "$1"
ip link set "$1" up
ip -n "$1" address add "$3/30" dev eth0
ip -n "$1" link set eth0 up
`;

/** As root. Addresses are of the range for benchmarks (RFC 2544), which no network has. */
export async function makeCutOff(): Promise<CutOff> {
  const name = `st${randomBytes(4).toString("hex")}`;
  const [prefix, first] = [`198.${18 + randomInt(2)}.${randomInt(256)}`, 4 * randomInt(64)];
  const address = `${prefix}.${first + 1}`;
  await tool("bash", "-ec", MAKE, "make", name, address, `${prefix}.${first + 2}`);
  const rule = async (change: "-A" | "-D") => {
    for (const chain of ["INPUT", "OUTPUT"])
      await tool("ip", "netns", "exec", name, "iptables", "-w", change, chain, "-j", "DROP");
  };
  const pump = 'exec 3<>/dev/tcp/%h/%p; cat <&3 & trap "kill $!" EXIT HUP; cat >&3';
  return {
    way: { address, proxyCommand: `ip netns exec ${name} bash --norc -c '${pump}'` },
    cut: async () => await rule("-A"),
    mend: async () => await rule("-D"),
    remove: async () => {
      await tool("bash", "-c", 'ip link del "$1"; ip netns pids "$1" | xargs -r kill -9; ip netns del "$1"', "x", name);
    },
  };
}
