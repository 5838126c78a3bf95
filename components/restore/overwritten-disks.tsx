import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { formatBytes } from "@/components/lib/format";
import { Card } from "@/components/ui/card";
import { Time } from "@/components/ui/time";
import type { InPlaceDisk, InPlacePlan } from "@/server/domain/in-place";

/** Everything that an in-place restore takes away, by name; and what it leaves alone. */
export function OverwrittenDisks({ plan }: { plan: InPlacePlan }) {
  return (
    <Card title={t("What is overwritten")}>
      <div className="space-y-3" data-testid="overwritten">
        <ul className="space-y-2">
          {plan.disks.map((disk) => (
            <li key={disk.diskId} className="min-w-0">
              <span className="font-medium">
                {t("Disk {diskId}{value}", {
                  diskId: disk.diskId,
                  value: disk.target === "" ? "" : ` (${disk.target})`,
                })}
              </span>
              <span className="text-muted">, {sizeText(disk)}</span>
              <code className="block text-sm wrap-anywhere">{disk.path}</code>
              {disk.persistentImage !== null && (
                <span className="block text-sm">
                  {t("This is image {id}, {name}: the image itself goes back.", {
                    id: disk.persistentImage.id,
                    name: disk.persistentImage.name,
                  })}
                </span>
              )}
            </li>
          ))}
        </ul>
        {plan.disks.length === 0 && <p>{t("No disk.")}</p>}
        {plan.lostSnapshots.length > 0 && (
          <section aria-label={t("Snapshots that are lost")}>
            <h4 className="font-medium">{t("Snapshots that are lost")}</h4>
            <ul className="list-disc ps-5">
              {plan.lostSnapshots.map((snapshot) => (
                <li key={`${snapshot.diskId} ${snapshot.name} ${snapshot.at}`} className="wrap-anywhere">
                  {t("{name} ({noDiskId, select, yes {of the machine} other {of disk {diskId}}})", {
                    name: snapshot.name,
                    noDiskId: snapshot.diskId === null ? "yes" : "no",
                    diskId: snapshot.diskId,
                  })}
                  {snapshot.at !== null && (
                    <span className="text-muted">
                      , <Time at={snapshot.at} />
                    </span>
                  )}
                </li>
              ))}
            </ul>
          </section>
        )}
        {plan.untouched.length > 0 && (
          <p className="text-sm text-muted">
            {t("Left as they are: {untouched}.", {
              untouched: plan.untouched
                .map((disk) => t("disk {diskId} ({why})", { diskId: disk.diskId, why: lowerFirst(said(disk.why)) }))
                .join(", "),
            })}
          </p>
        )}
      </div>
    </Card>
  );
}

function sizeText({ sizeNow, virtualSize }: InPlaceDisk): string {
  return sizeNow === virtualSize
    ? formatBytes(virtualSize)
    : t("{sizeNow} now, {virtualSize} afterwards", {
        sizeNow: formatBytes(sizeNow),
        virtualSize: formatBytes(virtualSize),
      });
}

function lowerFirst(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, "")}`;
}
