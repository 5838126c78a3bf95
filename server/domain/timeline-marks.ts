/** What a timeline shows beside the points of a VM: what should have become a point, and when there was none young enough. */
export interface TimelineMarks {
  /** Backups that failed, oldest first. */
  failed: { actionId: number; at: number; error: string | null }[];
  /** Planned times that passed while nothing was scheduled, oldest first. */
  missed: { at: number }[];
  /** When the newest good point was older than the VM's target, oldest first. */
  late: { from: number; to: number }[];
}
