"use client";

import { useQuery } from "@tanstack/react-query";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";

/** Why somebody who is not an administrator may not do `what`; null for administrators and while that is not known. */
export function useAdminReason(what: string): string | null {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.system.view.queryOptions());
  return data === undefined || data.user.isAdmin ? null : t("Only an administrator may {what}.", { what });
}
