import { CircleHelp, CirclePlay } from "lucide-react";
import type { BootVerdict } from "@/server/domain/verification";
import { Badge } from "../ui/badge";

/** What the last boot check of a point saw; it says no more than that. */
export function BootBadge({ verdict }: { verdict: BootVerdict }) {
  return verdict === "alive" ? (
    <Badge tone="success" icon={CirclePlay}>
      Sign of life
    </Badge>
  ) : (
    <Badge tone="warning" icon={CircleHelp}>
      No sign of life
    </Badge>
  );
}
