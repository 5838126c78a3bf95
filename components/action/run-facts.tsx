"use client";

import Link from "next/link";
import type { ActionRow } from "@/server/domain/action";
import { formatBytes, formatExactBytes } from "../lib/format";
import { KIND_WORDS } from "../lib/words";
import { Facts } from "../ui/card";
import { Time } from "../ui/time";
import { Duration } from "./action-columns";

const linkStyles = "text-primary underline-offset-2 hover:underline";

/** Who asked, for what, when, how long, how much. */
export function RunFacts({ action }: { action: ActionRow }) {
  const items = [
    { label: "Run", value: <span className="font-mono">{action.id}</span> },
    { label: "Kind", value: KIND_WORDS[action.kind] },
    { label: "Asked by", value: action.actorName },
  ];
  if (action.vmId !== null) {
    items.push({
      label: "VM",
      value: (
        <Link href={`/vms/${action.vmId}`} className={linkStyles}>
          {action.vmName ?? `VM ${action.vmId}`}
        </Link>
      ),
    });
  }
  if (action.datastoreId !== null) {
    items.push({
      label: "Datastore",
      value: (
        <Link href={`/datastores/${action.datastoreId}`} className={linkStyles}>
          {action.datastoreName ?? `Datastore ${action.datastoreId}`}
        </Link>
      ),
    });
  }
  items.push({ label: "Asked", value: <Time at={action.createdAt} /> });
  if (action.startedAt !== null) items.push({ label: "Started", value: <Time at={action.startedAt} /> });
  if (action.endedAt !== null) items.push({ label: "Ended", value: <Time at={action.endedAt} /> });
  items.push({ label: "Duration", value: <Duration action={action} /> });
  if (action.bytes !== null) {
    items.push({
      label: "Size",
      value: <span title={formatExactBytes(action.bytes)}>{formatBytes(action.bytes)}</span>,
    });
  }
  if (action.result.frozenMs !== undefined) {
    items.push({ label: "Guest stood still", value: <span>{action.result.frozenMs} ms</span> });
  }
  return <Facts items={items} />;
}
