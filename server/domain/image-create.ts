import { z } from "zod";
import { ObjectId, ObjectName } from "./ids";

/** A new disk image from PATH (one.image.allocate): a file of this machine, or a disk of a backup by its URL. */
export const ImageCreateRequest = z.object({
  name: ObjectName,
  /** Image datastore that receives it. */
  datastoreId: ObjectId,
  type: z.enum(["OS", "DATABLOCK", "CDROM"]).default("DATABLOCK"),
  persistent: z.boolean().default(false),
  path: z
    .string()
    .min(1)
    .max(65_536)
    .regex(/^[^\u0000-\u001f\u007f]*$/, "PATH holds no control characters"),
  /** Null: qcow2 for a disk of a backup, what the file is otherwise. */
  format: z.enum(["qcow2", "raw"]).nullable().default(null),
});
export type ImageCreateRequest = z.infer<typeof ImageCreateRequest>;
