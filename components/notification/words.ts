import {
  CircleAlert,
  CircleCheck,
  CircleX,
  Clock,
  Info,
  type LucideIcon,
  OctagonAlert,
  TriangleAlert,
} from "lucide-react";
import type { DeliveryState, Digest, Severity } from "@/server/domain/notification";
import type { Tone } from "../ui/badge";

export const SEVERITY_VIEW: Readonly<Record<Severity, { label: string; tone: Tone; icon: LucideIcon; means: string }>> =
  {
    info: { label: "Info", tone: "info", icon: Info, means: "everything, also what went well" },
    warning: { label: "Warning", tone: "warning", icon: TriangleAlert, means: "done, but with warnings, and worse" },
    error: { label: "Error", tone: "danger", icon: CircleAlert, means: "what failed, and worse" },
    critical: { label: "Critical", tone: "danger", icon: OctagonAlert, means: "alarms: a late VM, a silent scheduler" },
  };

export const STATE_VIEW: Readonly<Record<DeliveryState, { label: string; tone: Tone; icon: LucideIcon }>> = {
  PENDING: { label: "Waiting", tone: "neutral", icon: Clock },
  SENT: { label: "Sent", tone: "success", icon: CircleCheck },
  FAILED: { label: "Given up", tone: "danger", icon: CircleX },
};

export const DIGEST_WORDS: Readonly<Record<Digest, string>> = {
  none: "At once",
  hourly: "Together, every full hour",
  daily: "Together, every day at 8:00 UTC",
};
