import { cdataElement, element, type Xml, type XmlContent } from "./builder";

/** `DS_DRIVER_ACTION_DATA`, the document on a datastore action's stdin; parts in the order of docs/drivers.md. */
export function driverData(...parts: readonly Xml[]): Xml {
  return element("DS_DRIVER_ACTION_DATA", parts);
}

/** `EXTRA_DATA`, e.g. `{ BACKUP_ID: "…" }` for backup, `{ KEEP_LAST: 4 }` for a flatten, a DATASTORE for cp. */
export function extraData(content: Xml | Readonly<Record<string, string | number>>): Xml {
  return element("EXTRA_DATA", isXml(content) ? content : fields(content));
}

/** The short IMAGE of a `stat`: PATH, and for OS and DATABLOCK images SIZE in MiB. */
export function statImage(path: string, sizeMb?: number): Xml {
  const size = sizeMb === undefined ? [] : [element("SIZE", sizeMb)];
  return element("IMAGE", [cdataElement("PATH", path), ...size]);
}

function fields(content: Readonly<Record<string, string | number>>): XmlContent {
  return Object.entries(content).map(([name, value]) => element(name, value));
}

function isXml(content: Xml | Readonly<Record<string, string | number>>): content is Xml {
  return "xml" in content;
}
