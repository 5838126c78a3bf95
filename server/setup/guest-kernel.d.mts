export const GUEST_KERNEL_DIR: string;
export function ensureGuestKernel(): Promise<void>;
