"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { FolderOpen } from "lucide-react";
import { useState } from "react";
import type { FileEntry } from "@/server/domain/files";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { formatCount } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Skeleton } from "../ui/skeleton";
import { EntryTable } from "./entry-table";

const PAGE = 200;

/** Where one looks: a folder of a volume of an open point. */
export interface FolderAt {
  sessionId: number;
  volume: number;
  folder: string;
}

/** A folder, a page at a time. */
export function FolderListing({ at, onOpen }: { at: FolderAt; onOpen: (entry: FileEntry) => void }) {
  const trpc = useTRPC();
  const [offset, setOffset] = useState(0);
  const page = useQuery(
    trpc.files.list.queryOptions({ ...at, offset, limit: PAGE }, { placeholderData: keepPreviousData }),
  );
  if (page.isError)
    return <ErrorState what={t("this folder")} error={page.error} onRetry={() => void page.refetch()} />;
  if (page.data === undefined) return <Skeleton className="h-48 w-full" />;
  const { entries, total, isCut } = page.data;
  if (total === 0) return <EmptyState icon={FolderOpen} title={t("This folder is empty")} />;
  return (
    <div className="space-y-3" aria-busy={page.isFetching} data-testid="folder-listing">
      <EntryTable
        caption={t("Files in this folder")}
        rows={entries.map((entry) => ({ ...entry, folder: at.folder }))}
        at={at}
        onOpen={onOpen}
      />
      <div className="flex flex-wrap items-center gap-3">
        <p role="status" className="text-sm text-muted">
          {t(
            "{offset} to {offset2} of {total}{isCut, select, yes {; the folder holds more than is shown: search for a name} other {}}",
            {
              offset: formatCount(offset + 1),
              offset2: formatCount(offset + entries.length),
              total: formatCount(total),
              isCut: isCut ? "yes" : "no",
            },
          )}
        </p>
        {total > PAGE && (
          <>
            <Button
              size="sm"
              disabledReason={offset === 0 ? t("This is the first page.") : null}
              onClick={() => setOffset(Math.max(0, offset - PAGE))}
            >
              {t("Previous")}
            </Button>
            <Button
              size="sm"
              disabledReason={offset + PAGE >= total ? t("This is the last page.") : null}
              onClick={() => setOffset(offset + PAGE)}
            >
              {t("Next")}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
