import { BrowseLink } from "@/components/files/browse-link";
import { rich, t } from "@/components/i18n/t";
import { pointName, verificationWord } from "@/components/timeline/point-label";
import { Notice } from "@/components/ui/notice";
import { Time } from "@/components/ui/time";
import type { PointChoice } from "./point-choice";

/** The point that will be restored, big and clear, or why there is none. */
export function ChosenPoint({ choice }: { choice: PointChoice }) {
  if (choice.kind === "none") {
    return (
      <Notice tone="warning" title={t("No point can be restored")}>
        {t("This machine has no restore point, or every one of them is broken.")}
      </Notice>
    );
  }
  if (choice.kind === "unusable") {
    return (
      <Notice tone="danger" isAlert title={choice.reason}>
        {t("Nothing else was chosen in its place.")}
      </Notice>
    );
  }
  const { chain, point, isDefault } = choice;
  return (
    <div className="rounded-card border border-primary bg-primary-tint p-4" data-testid="chosen-point">
      <p className="text-sm text-muted">
        {isDefault ? t("Newest point, chosen for you: pick another below") : t("Chosen point")}
      </p>
      <p className="text-lg font-semibold [&_time_span]:whitespace-normal">
        <Time at={point.at} />
      </p>
      <p>
        {t("{pointName}{isChain, select, yes {, full} other {}} · {verificationWord}", {
          pointName: pointName(point, chain),
          isChain: chain.isChain && point.type === "FULL" ? "yes" : "no",
          verificationWord: verificationWord(point.verification),
        })}
      </p>
      <p className="mt-2 flex flex-wrap items-center gap-2 text-sm">
        {rich("Only need some files? {link}", {
          link: <BrowseLink imageId={point.imageId} incrementId={point.incrementId} />,
        })}
      </p>
      {(point.verification === "unverified" || point.verification === "failed") && (
        <p className="mt-1 text-sm">
          {t("! Its stored files have not been compared with checksums. A checksummed point is safer.")}
        </p>
      )}
    </div>
  );
}
