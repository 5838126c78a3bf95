import type { ImageState } from "./states";

export const IMAGE_TYPES = {
  OS: 0,
  CDROM: 1,
  DATABLOCK: 2,
  KERNEL: 3,
  RAMDISK: 4,
  CONTEXT: 5,
  BACKUP: 6,
  FILESYSTEM: 7,
} as const;
export type ImageType = keyof typeof IMAGE_TYPES;

export const IMAGE_DISK_TYPES = { FILE: 0, CDROM: 1, BLOCK: 2, RBD: 3, RBD_CDROM: 4 } as const;
export type ImageDiskType = keyof typeof IMAGE_DISK_TYPES;

export interface ImageRow {
  id: number;
  name: string;
  type: ImageType;
  state: ImageState;
  sizeMb: number;
  format: string;
  datastoreId: number;
  datastoreName: string;
  ownerName: string;
  groupName: string;
  /** Epoch ms. */
  registeredAt: number;
  error: string | null;
}
