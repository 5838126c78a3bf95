import { CircleHelp, CirclePlay } from "lucide-react";
import type { BootVerdict } from "@/server/domain/verification";
import { t } from "../i18n/t";
import { Badge } from "../ui/badge";

/** What the last boot check of a point saw; it says no more than that. */
export function BootBadge({ verdict }: { verdict: BootVerdict }) {
  return verdict === "alive" ? (
    <Badge tone="success" icon={CirclePlay}>
      {t("Sign of life")}
    </Badge>
  ) : (
    <Badge tone="warning" icon={CircleHelp}>
      {t("No sign of life")}
    </Badge>
  );
}
