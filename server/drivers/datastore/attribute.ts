import type { XmlElement } from "../xml";

/** An attribute of the datastore's template, or of its body. */
export function attribute(datastore: XmlElement, name: string): string {
  return datastore.text(`TEMPLATE/${name}`) || datastore.text(name);
}
