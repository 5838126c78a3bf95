"use client";

import { useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import type { FileEntry } from "@/server/domain/files";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { formatCount } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Skeleton } from "../ui/skeleton";
import { EntryTable } from "./entry-table";
import type { FolderAt } from "./folder-listing";

/** What a search below a folder found. */
export function SearchListing({
  at,
  text,
  onOpen,
}: {
  at: FolderAt;
  text: string;
  onOpen: (entry: FileEntry) => void;
}) {
  const trpc = useTRPC();
  const found = useQuery(trpc.files.search.queryOptions({ ...at, text }, { retry: false, staleTime: 60_000 }));
  if (found.isError)
    return <ErrorState what={t("this folder")} error={found.error} onRetry={() => void found.refetch()} />;
  if (found.data === undefined) return <Skeleton className="h-48 w-full" />;
  const { hits, isCut } = found.data;
  if (hits.length === 0) {
    return (
      <EmptyState icon={SearchX} title={t("No name holds “{text}”", { text })}>
        {isCut && t("The search was ended before it had seen everything. Search in a folder further down.")}
      </EmptyState>
    );
  }
  return (
    <div className="space-y-3" data-testid="search-listing">
      <EntryTable
        caption={t("Files found")}
        rows={hits}
        at={at}
        onOpen={(hit) => onOpen({ ...hit, name: hit.path === "" ? hit.name : `${hit.path}/${hit.name}` })}
      />
      <p role="status" className="text-sm text-muted">
        {t("{hitsCount} found{isCut, select, yes {; there may be more: search in a folder further down} other {}}", {
          hitsCount: formatCount(hits.length),
          isCut: isCut ? "yes" : "no",
        })}
      </p>
    </div>
  );
}
