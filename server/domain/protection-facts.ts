/** Upper ends of the bars of the RPO curve, as shares of a VM's target; what is beyond the last has a bar of its own. */
export const CURVE_ENDS = [0.25, 0.5, 0.75, 1, 1.5, 2] as const;
/** A point that was read again, and one that was restored or booted, count this long. */
export const VERIFIED_DAYS = 7;
export const TESTED_DAYS = 30;

/** How the VMs that one may see are protected, beyond the one word for each. */
export interface ProtectionFacts {
  vms: number;
  /** VMs by the age of their newest good point in shares of their target: a number for each of CURVE_ENDS, and one beyond. */
  curve: number[];
  /** VMs without a good point. */
  never: number;
  /** VMs with a point that was read again in the last VERIFIED_DAYS days and is as it was stored. */
  verified: number;
  /** VMs of which a point was restored, or showed a sign of life in a boot check, in the last TESTED_DAYS days. */
  tested: number;
}
