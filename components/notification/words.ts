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
import { t, words } from "../i18n/t";
import type { Tone } from "../ui/badge";

export const SEVERITY_VIEW: Readonly<Record<Severity, { label: string; tone: Tone; icon: LucideIcon; means: string }>> =
  {
    info: {
      get label() {
        return t("Info");
      },
      tone: "info",
      icon: Info,
      get means() {
        return t("everything, also what went well");
      },
    },
    warning: {
      get label() {
        return t("Warning");
      },
      tone: "warning",
      icon: TriangleAlert,
      get means() {
        return t("done, but with warnings, and worse");
      },
    },
    error: {
      get label() {
        return t("Error");
      },
      tone: "danger",
      icon: CircleAlert,
      get means() {
        return t("what failed, and worse");
      },
    },
    critical: {
      get label() {
        return t("Critical");
      },
      tone: "danger",
      icon: OctagonAlert,
      get means() {
        return t("alarms: a late VM, a silent scheduler");
      },
    },
  };

export const STATE_VIEW: Readonly<Record<DeliveryState, { label: string; tone: Tone; icon: LucideIcon }>> = {
  PENDING: {
    get label() {
      return t("Waiting");
    },
    tone: "neutral",
    icon: Clock,
  },
  SENT: {
    get label() {
      return t("Sent");
    },
    tone: "success",
    icon: CircleCheck,
  },
  FAILED: {
    get label() {
      return t("Given up");
    },
    tone: "danger",
    icon: CircleX,
  },
};

export const DIGEST_WORDS: Readonly<Record<Digest, string>> = words({
  none: "At once",
  hourly: "Together, every full hour",
  daily: "Together, every day at 8:00 UTC",
});
