"use client";

import Link from "next/link";
import type { Chain, RestorePoint } from "@/server/domain/backup";
import { BrowseLink } from "../files/browse-link";
import { rich, t } from "../i18n/t";
import { Time } from "../ui/time";
import { BootBadge } from "./boot-badge";
import { BootCheckButton } from "./boot-check-button";
import { BootCheckDialog } from "./boot-check-dialog";
import { drillText } from "./drill-text";
import { VerifyButton } from "./verify-button";

/** How far a point was checked, when, with what result, and the buttons to check it again. */
export function PointChecks({ chain, point }: { chain: Chain; point: RestorePoint }) {
  const { imageId, incrementId, bootCheck } = point;
  return (
    <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line pt-3 text-sm">
      <VerifyButton chain={chain} upTo={incrementId} size="sm" />
      <BootCheckButton chain={chain} point={point} size="sm" />
      {point.broken === null && <BrowseLink imageId={imageId} incrementId={incrementId} />}
      <span className="min-w-0 text-muted">
        {point.verifiedAt === null ? (
          t("Its files were not read again since they were stored.")
        ) : (
          <>
            {rich("Read again {verifiedAt}", { verifiedAt: <Time at={point.verifiedAt} /> })}
            {point.verifyActionId === null ? null : (
              <>
                {" "}
                {rich("by <link>run {verifyActionId}</link>", {
                  verifyActionId: point.verifyActionId,
                  link: (content) => (
                    <Link className="text-primary underline" href={`/activity/${point.verifyActionId}`}>
                      {content}
                    </Link>
                  ),
                })}
              </>
            )}
            {point.verificationNote === null ? null : `: ${point.verificationNote}`}
          </>
        )}
      </span>
      {bootCheck === null ? null : (
        <span className="flex min-w-0 flex-wrap items-center gap-2">
          <BootBadge verdict={bootCheck.verdict} />
          <Time at={bootCheck.at} />
          {drillText(bootCheck) === null ? null : <span className="text-muted">{drillText(bootCheck)}</span>}
          <BootCheckDialog imageId={imageId} incrementId={incrementId} />
        </span>
      )}
    </div>
  );
}
