"use client";

import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import type { OwnedKind } from "@/server/domain/user";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Badge } from "../ui/badge";

/** Says that an object is locked; nothing while it is not. */
export function LockBadge({ kind, id }: { kind: OwnedKind; id: number }) {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.access.get.queryOptions({ kind, id }));
  if (data?.lock == null) return null;
  return (
    <Badge tone="info" icon={Lock}>
      {t("Locked")}
    </Badge>
  );
}
