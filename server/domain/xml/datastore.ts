import { DATASTORE_TYPES, type DatastoreType } from "../datastore";
import { IMAGE_DISK_TYPES, type ImageDiskType } from "../image";
import type { Template } from "../template";
import { element, idsElement, type Xml } from "./builder";
import { type OwnedDocument, ownerElements, permissionsElement } from "./shared";
import { templateElement } from "./template-xml";

/** Everything the DATASTORE document shows (datastore.xsd). Secrets in `template` are the caller's business. */
export interface DatastoreDocument extends OwnedDocument {
  dsMad: string;
  /** `-` for a backup datastore. */
  tmMad: string;
  basePath: string;
  type: DatastoreType;
  diskType: ImageDiskType;
  isEnabled: boolean;
  clusterIds?: readonly number[];
  totalMb: number;
  freeMb: number;
  usedMb: number;
  imageIds: readonly number[];
  template: Template;
}

/** The `<DATASTORE>` document that drivers and API clients read. */
export function datastoreXml(datastore: DatastoreDocument): Xml {
  return element("DATASTORE", [
    ...ownerElements(datastore),
    permissionsElement(datastore.permissions),
    element("DS_MAD", datastore.dsMad),
    element("TM_MAD", datastore.tmMad),
    element("BASE_PATH", datastore.basePath),
    element("TYPE", DATASTORE_TYPES[datastore.type]),
    element("DISK_TYPE", IMAGE_DISK_TYPES[datastore.diskType]),
    element("STATE", datastore.isEnabled ? 0 : 1),
    idsElement("CLUSTERS", datastore.clusterIds ?? [0]),
    element("TOTAL_MB", datastore.totalMb),
    element("FREE_MB", datastore.freeMb),
    element("USED_MB", datastore.usedMb),
    idsElement("IMAGES", datastore.imageIds),
    templateElement("TEMPLATE", datastore.template),
  ]);
}
