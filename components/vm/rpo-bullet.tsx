"use client";

import { rpoWords } from "@/server/domain/compliance";
import { useNow } from "../hooks/use-now";
import { t } from "../i18n/t";
import { Time } from "../ui/time";

/** Age of the newest good point, and how much of its target that uses up: full is the target. */
export function RpoBullet({ at, rpoMinutes }: { at: number | null; rpoMinutes: number }) {
  const now = useNow();
  if (at === null) return <span className="text-muted">{t("None")}</span>;
  const part = now === 0 ? 0 : (now - at) / (rpoMinutes * 60_000);
  return (
    <span
      className="inline-flex flex-col gap-1"
      title={t("One is wanted every {rpoWords}", { rpoWords: rpoWords(rpoMinutes) })}
    >
      <Time at={at} short />
      <span aria-hidden="true" className="block h-1.5 w-24 overflow-hidden rounded-full bg-neutral-tint">
        <span
          className={part > 1 ? "block h-full bg-danger" : "block h-full bg-success"}
          style={{ width: `${Math.max(2, Math.min(100, part * 100))}%` }}
        />
      </span>
    </span>
  );
}
