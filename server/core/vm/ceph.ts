import { parseStored } from "../../db/stored";
import { CEPH_ATTRIBUTES } from "../../domain/ceph";
import { appError } from "../../domain/errors";
import { Template, type TemplateVector, text } from "../../domain/template";

/**
 * What a disk inherits from the datastore its image is in (`template` of the row). Never from a template of a user: a
 * ceph.conf of one's own choice would make the host's Ceph client read and write files as root.
 */
export function cephAttributes(template: unknown): TemplateVector {
  const attributes = parseStored(Template, template ?? {});
  return Object.fromEntries(
    CEPH_ATTRIBUTES.flatMap((name) => {
      const value = text(attributes, name);
      return value === null || value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

/** The vector without anything that only a datastore may say. */
export function withoutCeph(vector: TemplateVector): TemplateVector {
  const reserved: readonly string[] = [...CEPH_ATTRIBUTES, "CEPH_KEY"];
  return Object.fromEntries(Object.entries(vector).filter(([name]) => !reserved.includes(name)));
}

/** Images in Ceph need a system datastore in Ceph, and files need one for files. Throws INVALID_INPUT. */
export function requireSamePlace(images: { name: string; diskType: string }, system: { tmMad: string }): void {
  if ((images.diskType === "RBD") === (system.tmMad === "ceph")) return;
  const message =
    images.diskType === "RBD"
      ? `The images of datastore ${images.name} are in Ceph: choose a system datastore with TM_MAD ceph.`
      : `The images of datastore ${images.name} are files: choose a system datastore that is not in Ceph.`;
  throw appError("INVALID_INPUT", { message });
}
