import { sortedEntries } from "./one-template";
import type { AttributeChange, TemplateDiffLine } from "./restore";
import { type Template, type TemplateVector, vectors } from "./template";

export interface DiffOptions {
  /** Disk id of each DISK of `after`, in order: a restored template has no DISK_ID to match by. */
  afterDiskIds?: readonly number[];
}

/** The key that numbers a section; a vector without it takes the number of its counterpart, or of its place. */
const ID_KEYS: Readonly<Record<string, string>> = { DISK: "DISK_ID", NIC: "NIC_ID", NIC_ALIAS: "NIC_ID" };

/**
 * Line by line what became of a template, also what was kept. Texts stand at the top level (section ""), vectors in a
 * section of their own: DISK 0, NIC 1, CONTEXT. Sorted by section, then by name.
 */
export function diffTemplates(before: Template, after: Template, options: DiffOptions = {}): TemplateDiffLine[] {
  const old = flatten(before);
  const now = flatten(after, (name, count) => {
    if (name === "DISK" && options.afterDiskIds !== undefined) return options.afterDiskIds;
    const counterparts = vectors(before, name);
    return counterparts.length === count ? counterparts.map((vector, index) => idOf(name, vector) ?? index) : [];
  });
  const sections = new Set([...old.keys(), ...now.keys()]);
  return [...sections].sort(compareSections).flatMap((section) => {
    const oldValues = old.get(section) ?? new Map<string, string>();
    const newValues = now.get(section) ?? new Map<string, string>();
    const names = new Map([...oldValues, ...newValues]);
    return sortedEntries(names).map(([name]) => diffLine(section, name, oldValues.get(name), newValues.get(name)));
  });
}

function diffLine(
  section: string,
  name: string,
  before: string | undefined,
  after: string | undefined,
): TemplateDiffLine {
  return { section, name, before: before ?? null, after: after ?? null, change: changeOf(before, after) };
}

function changeOf(before: string | undefined, after: string | undefined): AttributeChange {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  return before === after ? "kept" : "changed";
}

type KnownIds = (name: string, count: number) => readonly number[];

function flatten(template: Template, knownIds: KnownIds = () => []): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  for (const [name, values] of Object.entries(template)) {
    const texts = values.filter((value): value is string => typeof value === "string");
    if (texts.length > 0) sectionOf(sections, "").set(name, texts.join("\n"));
    const found = vectors(template, name);
    const known = knownIds(name, found.length);
    for (const [index, vector] of found.entries()) {
      const id = idOf(name, vector) ?? known[index] ?? index;
      const isNumbered = Object.hasOwn(ID_KEYS, name) || name === "PCI" || found.length > 1;
      const section = sectionOf(sections, isNumbered ? `${name} ${id}` : name);
      for (const [key, value] of Object.entries(vector)) if (!section.has(key)) section.set(key, value);
    }
  }
  return sections;
}

function idOf(name: string, vector: TemplateVector): number | null {
  const id = Object.hasOwn(ID_KEYS, name) ? vector[ID_KEYS[name] ?? ""] : undefined;
  return id !== undefined && /^\d{1,10}$/.test(id) ? Number(id) : null;
}

function sectionOf(sections: Map<string, Map<string, string>>, name: string): Map<string, string> {
  const section = sections.get(name) ?? new Map<string, string>();
  sections.set(name, section);
  return section;
}

/** By name, then by number: DISK 2 before DISK 10; the top level first. */
function compareSections(a: string, b: string): number {
  const [nameA = "", numberA = "-1"] = a.split(" ");
  const [nameB = "", numberB = "-1"] = b.split(" ");
  if (nameA !== nameB) return nameA < nameB ? -1 : 1;
  return Number(numberA) - Number(numberB);
}
