import { z } from "zod";
import { ObjectId, ObjectName } from "./ids";
import type { Template } from "./template";

export interface VmTemplateRow {
  id: number;
  name: string;
  ownerName: string;
  groupName: string;
  /** Epoch ms. */
  registeredAt: number;
  template: Template;
}

/** A powered-off VM from a template; its disks are made by the tm driver of the system datastore. */
export const InstantiateRequest = z.object({
  templateId: ObjectId,
  name: ObjectName.nullable().default(null),
  hostId: ObjectId.default(0),
  systemDatastoreId: ObjectId.default(0),
});
export type InstantiateRequest = z.infer<typeof InstantiateRequest>;
