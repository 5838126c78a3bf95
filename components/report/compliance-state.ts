import { words } from "@/components/i18n/t";
import type { ComplianceState, RpoFrom } from "@/server/domain/compliance";

export const STATE_WORDS: Record<ComplianceState, string> = words({
  in: "In target",
  out: "Out of target",
  never: "Never backed up",
  excluded: "Left out",
});

export const FROM_WORDS: Record<RpoFrom, string> = words({
  vm: "of the VM",
  job: "of its job",
  default: "general",
});
