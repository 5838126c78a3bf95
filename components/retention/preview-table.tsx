"use client";

import { Combine, Pin, ShieldCheck, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Fate } from "@/server/domain/retention";
import type { PreviewPoint, RetentionPreview } from "@/server/domain/retention-preview";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { formatBytes } from "../lib/format";
import { pointName } from "../timeline/point-label";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Checkbox } from "../ui/checkbox";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";

const ROWS = 25;

/** Each point with what happens to it and why, newest first. */
export function PreviewTable({ preview }: { preview: RetentionPreview }) {
  const [onlyGoing, setOnlyGoing] = useState(false);
  const [isAll, setIsAll] = useState(false);
  const rows = preview.points.filter((point) => !onlyGoing || point.fate !== "keep");
  const shown = isAll ? rows : rows.slice(0, ROWS);
  return (
    <div className="space-y-2">
      <Checkbox label={t("Only what goes")} checked={onlyGoing} onCheckedChange={setOnlyGoing} />
      {rows.length === 0 ? (
        <p className="text-muted">{t("Nothing goes.")}</p>
      ) : (
        <div className="rounded-card border border-line bg-surface">
          <Table caption={t("Retention of {vmName}", { vmName: preview.vmName })}>
            <thead>
              <tr>
                <Th>{t("Point")}</Th>
                <Th className="max-md:hidden">{t("Made")}</Th>
                <Th className="text-end max-md:hidden">{t("Stored")}</Th>
                <Th>{t("After the next backup")}</Th>
              </tr>
            </thead>
            <tbody>
              {shown.map((point) => (
                <PreviewRow key={`${point.imageId}.${point.incrementId}.${point.isNext}`} point={point} />
              ))}
            </tbody>
          </Table>
        </div>
      )}
      {shown.length === rows.length ? null : (
        <Button size="sm" onClick={() => setIsAll(true)}>
          {t("Show all {rowsCount}", { rowsCount: rows.length })}
        </Button>
      )}
    </div>
  );
}

function PreviewRow({ point }: { point: PreviewPoint }) {
  return (
    <tr data-testid={point.isNext ? "preview-next" : `preview-${point.imageId}-${point.incrementId}`}>
      <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium">
        {point.isNext ? t("The next backup") : pointName(point, point)}
        <span className="block font-normal text-sm text-muted md:hidden">
          <Time at={point.at} short />
        </span>
      </th>
      <Td className="max-md:hidden">
        <Time at={point.at} short />
      </Td>
      <Td className="text-end whitespace-nowrap max-md:hidden">{point.isNext ? "" : formatBytes(point.bytes)}</Td>
      <Td className="min-w-48">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <FateBadge point={point} />
          <span className="text-sm">{said(point.reason)}</span>
        </span>
      </Td>
    </tr>
  );
}

const LOOKS = {
  keep: {
    get word() {
      return t("Kept");
    },
    icon: ShieldCheck,
    tone: "success",
  },
  merge: {
    get word() {
      return t("Merged");
    },
    icon: Combine,
    tone: "warning",
  },
  delete: {
    get word() {
      return t("Deleted");
    },
    icon: Trash2,
    tone: "danger",
  },
} as const satisfies Record<Fate, unknown>;

function FateBadge({ point }: { point: PreviewPoint }) {
  const { word, icon, tone } = LOOKS[point.fate];
  return (
    <Badge tone={tone} icon={point.pin === null ? icon : Pin}>
      {word}
    </Badge>
  );
}
