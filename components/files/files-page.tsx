"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FolderOpen, X } from "lucide-react";
import Link from "next/link";
import type { FilesView, FilesVolume } from "@/server/domain/files";
import { ActionProgress } from "../action/action-progress";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { VolumeBrowser } from "./volume-browser";

interface Point {
  imageId: number;
  incrementId: number;
}

/** Files of a restore point: open it, look, take what is needed, close it. */
export function FilesPage(point: Point) {
  const trpc = useTRPC();
  const view = useQuery(trpc.files.get.queryOptions(point, { refetchInterval: 30_000 }));
  return (
    <>
      <PageHeader
        title={t("Files of backup {imageId}, increment {incrementId}", {
          imageId: point.imageId,
          incrementId: point.incrementId,
        })}
        summary={t(
          "Look into the file systems of this point and download files, without restoring the VM. Nothing is changed.",
        )}
        actions={view.data?.state === "open" ? <CloseButton sessionId={view.data.sessionId} /> : undefined}
      />
      {view.isError && (
        <ErrorState what={t("the files of this point")} error={view.error} onRetry={() => void view.refetch()} />
      )}
      {view.isLoading && <Skeleton className="h-48 w-full" />}
      {view.data !== undefined && !view.isError && <Stage point={point} view={view.data} />}
    </>
  );
}

function Stage({ point, view }: { point: Point; view: FilesView }) {
  switch (view.state) {
    case "none":
      return (
        <EmptyState
          icon={FolderOpen}
          title={t("This point is not open")}
          actions={<OpenButton point={point} reason={view.reason} />}
        >
          {t(
            "Its disks are copied to the machine of Strata first; that takes as long as a restore. The copies are removed when you close them, or half an hour after you used them last.",
          )}
        </EmptyState>
      );
    case "preparing":
      return <Preparing sessionId={view.sessionId} />;
    case "failed":
      return (
        <Notice
          tone="danger"
          isAlert
          title={t("The point could not be opened")}
          actions={<OpenButton point={point} reason={null} />}
        >
          <p>{said(view.error)}</p>
          <Link className="text-primary underline" href={`/activity/${view.sessionId}`}>
            {t("Log of run {sessionId}", { sessionId: view.sessionId })}
          </Link>
        </Notice>
      );
    case "open":
      return <Opened sessionId={view.sessionId} volumes={view.volumes} />;
  }
}

function Opened({ sessionId, volumes }: { sessionId: number; volumes: FilesVolume[] }) {
  if (volumes.length > 0) return <VolumeBrowser sessionId={sessionId} volumes={volumes} />;
  return (
    <EmptyState icon={FolderOpen} title={t("There is no volume on these disks")}>
      {t("No partition and no file system was found. Restore the VM to use what is on them.")}
    </EmptyState>
  );
}

function Preparing({ sessionId }: { sessionId: number }) {
  const trpc = useTRPC();
  const run = useQuery(trpc.action.get.queryOptions({ actionId: sessionId }));
  return (
    <div className="space-y-3" role="status" data-testid="files-preparing">
      <p className="font-medium">{t("The disks are being copied and searched for file systems …")}</p>
      {run.data === undefined ? <Skeleton className="h-8 w-full" /> : <ActionProgress action={run.data} />}
      <CloseButton sessionId={sessionId} label={t("Stop")} />
    </div>
  );
}

function OpenButton({ point, reason }: { point: Point; reason: string | null }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const open = useMutation(
    trpc.files.open.mutationOptions({ onSettled: () => queryClient.invalidateQueries(trpc.files.get.pathFilter()) }),
  );
  return (
    <div className="space-y-2">
      <Button
        variant="primary"
        disabledReason={reason}
        isBusy={open.isPending}
        onClick={() => open.mutate(point)}
        data-testid="files-open"
      >
        <FolderOpen aria-hidden />
        {t("Open the files")}
      </Button>
      {reason !== null && <p className="text-muted">{reason}</p>}
      {open.isError && (
        <p role="alert" className="text-danger">
          {errorMessage(open.error)}
        </p>
      )}
    </div>
  );
}

function CloseButton({ sessionId, label = t("Close the files") }: { sessionId: number; label?: string }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const close = useMutation(
    trpc.files.close.mutationOptions({ onSettled: () => queryClient.invalidateQueries(trpc.files.pathFilter()) }),
  );
  return (
    <Button isBusy={close.isPending} onClick={() => close.mutate({ sessionId })} data-testid="files-close">
      <X aria-hidden />
      {label}
    </Button>
  );
}
