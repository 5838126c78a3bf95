"use client";

import { Archive, FileCode2, HardDrive, type LucideIcon, RotateCcw, Server, Undo2 } from "lucide-react";
import Link from "next/link";
import type { ActionRow } from "@/server/domain/action";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { restoreHref } from "../restore/wizard-state";
import { ButtonLink } from "../ui/button";
import { Card } from "../ui/card";

interface Made {
  key: string;
  icon: LucideIcon;
  text: string;
  href: string | null;
}

/** What the run made, as links, and the next step. Nothing while there is nothing. */
export function RunResult({ action }: { action: ActionRow }) {
  const made = madeBy(action);
  if (made.length === 0) return null;
  const { imageId, incrementId } = action.result;
  return (
    <Card title={t("What it made")}>
      <ul className="space-y-2">
        {made.map((item) => (
          <li key={item.key} className="flex items-center gap-2">
            <item.icon aria-hidden className="size-4 shrink-0 text-muted" />
            {item.href === null ? (
              item.text
            ) : (
              <Link href={item.href} className="text-primary underline-offset-2 hover:underline">
                {said(item.text)}
              </Link>
            )}
          </li>
        ))}
      </ul>
      {action.kind === "backup" && action.vmId !== null && imageId !== undefined && incrementId !== undefined ? (
        <ButtonLink href={restoreHref({ vmId: action.vmId, imageId, incrementId })} size="sm" className="mt-3">
          <RotateCcw aria-hidden /> {t("Restore this point")}
        </ButtonLink>
      ) : null}
      {action.kind === "restore-in-place" && action.vmId !== null && action.result.undo != null ? (
        <ButtonLink
          href={restoreHref({ vmId: action.vmId, ...action.result.undo, how: "in-place" })}
          size="sm"
          className="mt-3"
          data-testid="in-place-undo"
        >
          <Undo2 aria-hidden /> {t("Undo: back to the safety point")}
        </ButtonLink>
      ) : null}
    </Card>
  );
}

function madeBy(action: ActionRow): Made[] {
  if (action.state !== "DONE") return [];
  const { imageId, incrementId, templateId, imageIds, vmId, diskIds, undo, attach } = action.result;
  const made: Made[] = [];
  if (action.kind === "restore-in-place") {
    const disks = `${t("{diskIdsCount, plural, one {Disk} other {Disks}}", { diskIdsCount: diskIds?.length })} ${(diskIds ?? []).join(", ")}`;
    made.push({ key: "disks", icon: HardDrive, text: t("{disks} of the machine, replaced", { disks }), href: null });
    if (undo != null) {
      const href = `/backups/${undo.imageId}`;
      made.push({
        key: "undo",
        icon: Archive,
        text: t("Safety point {incrementId} of backup {imageId}", {
          incrementId: undo.incrementId,
          imageId: undo.imageId,
        }),
        href,
      });
    }
  }
  if (attach !== undefined && attach.error === null) {
    made.push({
      key: "attach",
      icon: Server,
      text: t("A disk of VM {vmId}", { vmId: attach.vmId }),
      href: `/vms/${attach.vmId}`,
    });
  }
  if (action.kind === "backup" && action.vmId !== null && imageId !== undefined) {
    const point = incrementId === undefined ? "" : t(", point {incrementId}", { incrementId });
    made.push({
      key: "backup",
      icon: Archive,
      text: t("Backup {imageId}{point}", { imageId, point }),
      href: `/backups/${imageId}`,
    });
  }
  if (vmId !== undefined && vmId !== null && action.kind !== "demo-change") {
    made.push({ key: "vm", icon: Server, text: t("VM {vmId}", { vmId }), href: `/vms/${vmId}` });
  }
  if (templateId !== undefined && templateId !== null) {
    made.push({ key: "template", icon: FileCode2, text: t("VM template {templateId}", { templateId }), href: null });
  }
  for (const id of imageIds ?? [])
    made.push({ key: `image-${id}`, icon: HardDrive, text: t("Disk image {id}", { id }), href: null });
  if (action.kind === "demo-load") made.push({ key: "vms", icon: Server, text: t("Demo machines"), href: "/vms" });
  return made;
}
