import { type Template, type TemplateVector, text, vectors } from "../template";
import type { Xml } from "../xml/builder";
import { CpuSet, Word } from "./grammar";
import { tag } from "./markup";
import { refuse } from "./refusal";
import { oneOf, parse } from "./values";

/** Processors and memory of a domain: drivers-and-core §10 and OpenNebula's NUMA attributes. */

export interface CpuInput {
  vmId: number;
  template: Template;
  domainType: "kvm" | "qemu";
  /** EMULATOR_CPUS of the host (or the driver's default); null when not set. It cannot come from the VM. */
  emulatorCpus: string | null;
  /** 1 or 2: the host has that version of cgroups with a CPU controller, so that CPU becomes shares; null: none. */
  cgroupsVersion: 1 | 2 | null;
}

interface Topology {
  pinPolicy: string;
  isPinned: boolean;
  hasAffinity: boolean;
  hugePageMb: number;
  nodes: readonly TemplateVector[];
}

const PIN_POLICIES = ["NONE", "SHARED", "CORE", "THREAD"];

/** `<vcpu>` */
export function vcpuElement(input: CpuInput): Xml {
  return tag("vcpu", {}, String(vcpuCount(input)));
}

export function vcpuCount({ vmId, template }: Pick<CpuInput, "vmId" | "template">): number {
  const word = (text(template, "VCPU") ?? "1").trim();
  if (!/^\d{1,4}$/.test(word) || Number(word) < 1) throw refuse(vmId, `VCPU is "${word}", not a number of processors.`);
  return Number(word);
}

/**
 * `<cputune>`: shares, and the host CPUs of virtual processors and emulator threads.
 *
 * Without pinning, NUMA affinity and huge pages the emulator is pinned only if EMULATOR_CPUS is set. Otherwise each virtual
 * processor is pinned, and the emulator always: to EMULATOR_CPUS, else to all CPUs of the VM's NUMA nodes, so that it never
 * disturbs others.
 */
export function cpuTune(input: CpuInput): Xml[] {
  const topology = readTopology(input);
  const emulator = input.emulatorCpus === null ? null : parse(CpuSet, input.emulatorCpus, input.vmId, "EMULATOR_CPUS");
  const isPlain = !topology.isPinned && !topology.hasAffinity && topology.hugePageMb === 0;
  const pins = isPlain ? [] : vcpuPins(input, topology);
  const union = [...new Set(topology.nodes.flatMap((node) => nodeCpus(node, input.vmId)))]
    .sort((a, b) => a - b)
    .join(",");
  const emulatorSet = emulator ?? (isPlain ? "" : union);
  const content = [
    ...sharesElement(input),
    ...pins,
    ...(emulatorSet === "" ? [] : [tag("emulatorpin", { cpuset: emulatorSet })]),
  ];
  return content.length === 0 ? [] : [tag("cputune", {}, content)];
}

/** One CPU each for CORE and THREAD; SHARED, and mere affinity, may use any CPU of the node. */
function vcpuPins({ vmId }: CpuInput, topology: Topology): Xml[] {
  let next = 0;
  return topology.nodes.flatMap((node) => {
    const cpus = nodeCpus(node, vmId);
    const count = Number(/^\d{1,4}$/.test(node["TOTAL_CPUS"] ?? "") ? node["TOTAL_CPUS"] : cpus.length);
    if (cpus.length === 0) return [];
    return Array.from({ length: count }, (_, index) => {
      const own = cpus[index];
      const isOwn = topology.pinPolicy === "CORE" || topology.pinPolicy === "THREAD";
      if (isOwn && own === undefined)
        throw refuse(vmId, `NUMA_NODE names ${cpus.length} CPUs for ${count} processors.`);
      return tag("vcpupin", { vcpu: next++, cpuset: isOwn ? String(own) : cpus.join(",") });
    });
  });
}

function nodeCpus(node: TemplateVector, vmId: number): number[] {
  const cpus = (node["CPUS"] ?? "").trim();
  if (cpus === "") return [];
  return parse(CpuSet, cpus, vmId, "CPUS of NUMA_NODE")
    .split(",")
    .flatMap((part) => {
      const [from = 0, to = from] = part.split("-").map(Number);
      if (to < from || to > 4095)
        throw refuse(vmId, `CPUS of NUMA_NODE is "${cpus.slice(0, 80)}", which cannot be used.`);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

function sharesElement({ vmId, template, cgroupsVersion }: CpuInput): Xml[] {
  const word = text(template, "CPU");
  if (cgroupsVersion === null || word === undefined) return [];
  if (!/^\d{1,5}(\.\d{1,6})?$/.test(word.trim())) throw refuse(vmId, `CPU is "${word.slice(0, 40)}", not a number.`);
  const shares = Math.ceil(Number(word) * (cgroupsVersion === 2 ? 100 : 1024));
  const [min, max] = cgroupsVersion === 2 ? [1, 10_000] : [2, 262_144];
  return [tag("shares", {}, String(Math.min(max, Math.max(min, shares))))];
}

function readTopology({ vmId, template }: Pick<CpuInput, "vmId" | "template">): Topology {
  const topology = vectors(template, "TOPOLOGY")[0] ?? {};
  const pinPolicy = oneOf((topology["PIN_POLICY"] ?? "NONE").trim().toUpperCase(), PIN_POLICIES, vmId, "PIN_POLICY");
  const hugePages = (topology["HUGEPAGE_SIZE"] ?? "0").trim();
  if (!/^\d{1,5}$/.test(hugePages)) throw refuse(vmId, `HUGEPAGE_SIZE is "${hugePages.slice(0, 40)}", not MiB.`);
  return {
    pinPolicy,
    isPinned: pinPolicy !== "NONE",
    hasAffinity: (topology["NODE_AFFINITY"] ?? "").trim() !== "",
    hugePageMb: Number(hugePages),
    nodes: vectors(template, "NUMA_NODE"),
  };
}

/** `<memoryBacking>` and `<numatune>` of huge pages and NUMA nodes. */
export function memoryTune(input: Pick<CpuInput, "vmId" | "template">): Xml[] {
  const topology = readTopology(input);
  const pages =
    topology.hugePageMb === 0
      ? []
      : [tag("memoryBacking", {}, [tag("hugepages", {}, [tag("page", { size: topology.hugePageMb, unit: "M" })])])];
  const hostNodes = topology.nodes.map((node) => node["MEMORY_NODE_ID"]);
  if (hostNodes.length === 0 || hostNodes.some((node) => node === undefined || !/^\d{1,4}$/.test(node))) return pages;
  return [
    ...pages,
    tag(
      "numatune",
      {},
      hostNodes.map((nodeset, cellid) => tag("memnode", { cellid, mode: "strict", nodeset })),
    ),
  ];
}

/** `<cpu>`: model, topology and NUMA cells. */
export function cpuElement(input: CpuInput): Xml {
  const { vmId, template } = input;
  const [model] = vectors(template, "CPU_MODEL");
  const name = model?.["MODEL"] === undefined ? "" : parse(Word, model["MODEL"], vmId, "CPU_MODEL/MODEL");
  const features = (model?.["FEATURES"] ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "")
    .map((word) => tag("feature", { name: parse(Word, word, vmId, "CPU_MODEL/FEATURES"), policy: "require" }));
  const content = [...socketsElement(input), ...features, ...numaCells(input)];
  // Emulation knows nothing of the host's processor; without a model KVM guests get all that the host's has.
  if (input.domainType === "qemu")
    return tag(
      "cpu",
      { mode: "maximum" },
      content.filter((each) => !each.xml.startsWith("<feature")),
    );
  if (name === "" || name === "host-passthrough") return tag("cpu", { mode: "host-passthrough" }, content);
  if (name === "host-model") return tag("cpu", { mode: "host-model" }, content);
  return tag("cpu", { mode: "custom", match: "exact" }, [tag("model", { fallback: "forbid" }, name), ...content]);
}

function socketsElement(input: CpuInput): Xml[] {
  const topology = vectors(input.template, "TOPOLOGY")[0];
  const { SOCKETS, CORES, THREADS } = topology ?? {};
  if (SOCKETS === undefined || CORES === undefined || THREADS === undefined) return [];
  const numbers = [SOCKETS, CORES, THREADS].map((word) => (/^\d{1,4}$/.test(word.trim()) ? Number(word) : 0));
  const [sockets = 0, cores = 0, threads = 0] = numbers;
  if (sockets * cores * threads !== vcpuCount(input)) {
    throw refuse(input.vmId, `SOCKETS × CORES × THREADS of TOPOLOGY is not VCPU (${vcpuCount(input)}).`);
  }
  return [tag("topology", { sockets, cores, threads })];
}

/** MEMORY of a NUMA_NODE is in KiB, as OpenNebula stores it. */
function numaCells({ vmId, template }: CpuInput): Xml[] {
  const nodes = vectors(template, "NUMA_NODE");
  let next = 0;
  const cells = nodes.map((node, id) => {
    const count = node["TOTAL_CPUS"] ?? "";
    const memory = node["MEMORY"] ?? "";
    if (!/^\d{1,4}$/.test(count) || Number(count) < 1 || !/^\d{1,15}$/.test(memory)) {
      throw refuse(vmId, "A NUMA_NODE has no TOTAL_CPUS or MEMORY.");
    }
    const from = next;
    next += Number(count);
    return tag("cell", { id, cpus: next - from === 1 ? from : `${from}-${next - 1}`, memory, unit: "KiB" });
  });
  return cells.length === 0 ? [] : [tag("numa", {}, cells)];
}
