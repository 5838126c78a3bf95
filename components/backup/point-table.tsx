import { t } from "@/components/i18n/t";
import { cn } from "@/components/lib/cn";
import { formatBytes, formatExactBytes } from "@/components/lib/format";
import { restoreHref } from "@/components/restore/wizard-state";
import { PointTypeBadge, VerificationBadge } from "@/components/state-badge";
import { CopyButton } from "@/components/timeline/copy-button";
import { fateWords, pointName, verificationWord } from "@/components/timeline/point-label";
import { ButtonLink } from "@/components/ui/button";
import { Table, Td, Th } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { BootBadge } from "@/components/verification/boot-badge";
import { PointMenu } from "@/components/verification/point-menu";
import type { Chain, RestorePoint } from "@/server/domain/backup";

/** On phones these stand in short under the name, so that the restore stays in reach without scrolling. */
const WIDE = "max-md:hidden";

/** The table twin of the timeline: every point, newest first, each with its restore. */
export function PointTable({ chains, caption }: { chains: readonly Chain[]; caption: string }) {
  const rows = chains
    .flatMap((chain) => chain.points.map((point) => ({ chain, point })))
    .sort((a, b) => b.point.at - a.point.at || b.point.incrementId - a.point.incrementId);
  return (
    <Table caption={caption}>
      <thead>
        <tr>
          <Th>{t("Point")}</Th>
          <Th className={WIDE}>{t("Made")}</Th>
          <Th className={WIDE}>{t("Type")}</Th>
          <Th className={WIDE}>{t("Parent")}</Th>
          <Th className={cn("text-end", WIDE)}>{t("Stored")}</Th>
          <Th className={cn("text-end", WIDE)}>{t("Restore reads")}</Th>
          <Th className={WIDE}>{t("Verification")}</Th>
          <Th className={cn(WIDE, "max-lg:hidden")}>{t("Source")}</Th>
          {/* Positioned, or the hidden text would widen the page beyond the scrolling table. */}
          <Th className="relative">
            <span className="sr-only">{t("Actions")}</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ chain, point }) => (
          <PointRow key={`${point.imageId}-${point.incrementId}`} chain={chain} point={point} />
        ))}
      </tbody>
    </Table>
  );
}

function PointRow({ chain, point }: { chain: Chain; point: RestorePoint }) {
  const { imageId, incrementId } = point;
  return (
    <tr data-testid={`point-row-${imageId}-${incrementId}`}>
      <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium md:whitespace-nowrap">
        {pointName(point, chain)}
        <span className="block font-normal text-sm text-muted md:hidden">
          <Time at={point.at} short />
          <br />
          {t("{isFull, select, yes {full} other {increment}}, {storedBytes}, {verificationWord}", {
            isFull: point.type === "FULL" ? "yes" : "no",
            storedBytes: formatBytes(point.storedBytes),
            verificationWord: verificationWord(point.verification),
          })}
        </span>
        <PointMarks point={point} />
      </th>
      <Td className={WIDE}>
        <Time at={point.at} short />
      </Td>
      <Td className={WIDE}>
        <PointTypeBadge type={point.type} />
      </Td>
      <Td className={WIDE}>{point.parentId < 0 ? t("none") : point.parentId}</Td>
      <Td className={cn("text-end whitespace-nowrap", WIDE)} title={formatExactBytes(point.storedBytes)}>
        {formatBytes(point.storedBytes)}
      </Td>
      <Td className={cn("text-end whitespace-nowrap", WIDE)} title={formatExactBytes(point.restoreBytes)}>
        {formatBytes(point.restoreBytes)}
      </Td>
      <Td className={WIDE}>
        <span className="flex flex-wrap items-center gap-1">
          <VerificationBadge verification={point.verification} />
          {point.bootCheck === null ? null : <BootBadge verdict={point.bootCheck.verdict} />}
        </span>
        {point.verifiedAt === null ? null : (
          <span className="block text-sm text-muted">
            <Time at={point.verifiedAt} short />
          </span>
        )}
      </Td>
      <Td className={cn(WIDE, "max-lg:hidden")}>
        <span className="inline-flex items-center gap-1">
          <code className="max-w-28 truncate text-sm" title={point.source}>
            {point.source}
          </code>
          <CopyButton
            text={point.source}
            label={t("Copy source of {pointName}", { pointName: pointName(point, chain) })}
          />
        </span>
      </Td>
      <Td className="text-end">
        <span className="inline-flex items-center justify-end gap-1">
          <PointMenu chain={chain} point={point} />
          {point.broken === null ? (
            <ButtonLink
              size="sm"
              href={restoreHref({ vmId: chain.vmId, imageId, incrementId })}
              aria-label={t("Restore {pointName}", { pointName: pointName(point, chain) })}
            >
              {t("Restore")}
            </ButtonLink>
          ) : (
            <span className="text-sm text-danger">{t("✗ Cannot be restored: {broken}", { broken: point.broken })}</span>
          )}
        </span>
      </Td>
    </tr>
  );
}

/** Its pin, and what the next backup does to it; nothing for an ordinary point that stays. */
function PointMarks({ point }: { point: RestorePoint }) {
  const { pin } = point;
  const words = [
    ...(pin == null
      ? []
      : [
          pin.note === ""
            ? t("Pinned by {userName}", { userName: pin.userName })
            : t("Pinned: {note}", { note: pin.note }),
        ]),
    ...fateWords(point),
  ];
  if (words.length === 0) return null;
  return (
    <span className="block max-w-56 truncate font-normal text-sm text-muted" title={words.join(", ")}>
      {words.join(", ")}
    </span>
  );
}
