"use client";

import Link from "next/link";
import type { ActionRow } from "@/server/domain/action";
import { t } from "../i18n/t";
import { formatBytes, formatExactBytes } from "../lib/format";
import { KIND_WORDS } from "../lib/words";
import { Facts } from "../ui/card";
import { Time } from "../ui/time";
import { Duration } from "./action-columns";

const linkStyles = "text-primary underline-offset-2 hover:underline";

/** Who asked, for what, when, how long, how much. */
export function RunFacts({ action }: { action: ActionRow }) {
  const items = [
    { label: t("Run"), value: <span className="font-mono">{action.id}</span> },
    { label: t("Kind"), value: KIND_WORDS[action.kind] },
    { label: t("Asked by"), value: action.actorName },
  ];
  if (action.vmId !== null) {
    items.push({
      label: "VM",
      value: (
        <Link href={`/vms/${action.vmId}`} className={linkStyles}>
          {action.vmName ?? t("VM {vmId}", { vmId: action.vmId })}
        </Link>
      ),
    });
  }
  if (action.datastoreId !== null) {
    items.push({
      label: t("Datastore"),
      value: (
        <Link href={`/datastores/${action.datastoreId}`} className={linkStyles}>
          {action.datastoreName ?? t("Datastore {datastoreId}", { datastoreId: action.datastoreId })}
        </Link>
      ),
    });
  }
  items.push({ label: t("Asked"), value: <Time at={action.createdAt} /> });
  if (action.startedAt !== null) items.push({ label: t("Started"), value: <Time at={action.startedAt} /> });
  if (action.endedAt !== null) items.push({ label: t("Ended"), value: <Time at={action.endedAt} /> });
  items.push({ label: t("Duration"), value: <Duration action={action} /> });
  if (action.bytes !== null) {
    items.push({
      label: t("Size"),
      value: <span title={formatExactBytes(action.bytes)}>{formatBytes(action.bytes)}</span>,
    });
  }
  if (action.result.frozenMs !== undefined) {
    items.push({
      label: t("Guest stood still"),
      value: <span>{t("{frozenMs} ms", { frozenMs: action.result.frozenMs })}</span>,
    });
  }
  return <Facts items={items} />;
}
