import Link from "next/link";
import type { SimConflict } from "@/server/domain/schedule/simulation";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { formatShortDateTime } from "../lib/format";
import { Notice } from "../ui/notice";

const SHOWN = 8;

/** What is expected to go wrong, a sentence each, with the time and a way to change it. */
export function ConflictList(props: {
  conflicts: readonly SimConflict[];
  zone: string;
  now: number;
  /** Links to what they are about; not on the page that changes it already. */
  hasLinks: boolean;
}) {
  const { conflicts, zone, now, hasLinks } = props;
  if (conflicts.length === 0) return null;
  const title = t(
    "{conflictsCount, plural, one {One conflict is expected} other {{conflictsCount} conflicts are expected}}",
    { conflictsCount: conflicts.length },
  );
  return (
    <Notice tone="warning" title={title}>
      <ul className="list-disc ps-5" data-testid="conflicts">
        {conflicts.slice(0, SHOWN).map((conflict) => (
          <li key={`${conflict.kind}-${conflict.parentType}-${conflict.parentId}-${conflict.at}`}>
            {formatShortDateTime(conflict.at, zone, now)}: {said(conflict.text)}
            {conflict.isLikely ? null : t(" Only if backups take as long as the slowest of ten.")}{" "}
            {hasLinks ? (
              <Link
                className="text-primary underline underline-offset-2"
                href={
                  conflict.parentType === "BACKUPJOB"
                    ? `/jobs/${conflict.parentId}/edit`
                    : `/vms/${conflict.parentId}?tab=schedules`
                }
              >
                {t("Change it")}
              </Link>
            ) : null}
          </li>
        ))}
      </ul>
      {conflicts.length > SHOWN ? (
        <p>{t("And {conflictsCount} more.", { conflictsCount: conflicts.length - SHOWN })}</p>
      ) : null}
    </Notice>
  );
}
