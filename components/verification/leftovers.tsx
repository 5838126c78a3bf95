"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ScanSearch, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { DatastoreDetail } from "@/server/domain/datastore";
import type { Orphan, RepositoryScan } from "@/server/domain/orphan";
import { rich, t } from "../i18n/t";
import { useStaleReason } from "../layout/freshness";
import { errorMessage } from "../lib/error-message";
import { formatBytes, formatCount } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Notice } from "../ui/notice";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";

/** What lies in the repository and in no row of the catalogue, and the other way round. Scanned on request. */
export function Leftovers({ datastore }: { datastore: DatastoreDetail }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const checks = useQuery(trpc.verification.ofDatastore.queryOptions({ datastoreId: datastore.id }));
  const scan = useMutation(
    trpc.verification.scan.mutationOptions({
      onSuccess: ({ missing }) => {
        if (missing.length > 0) void queryClient.invalidateQueries(trpc.backup.pathFilter());
      },
    }),
  );
  const reason = datastore.may.manage
    ? (checks.data?.scanReason ?? null)
    : t("You need the MANAGE right on this datastore. Its owner or an administrator can grant it.");
  return (
    <Card
      title={t("Leftovers")}
      data-testid="leftovers"
      actions={
        <Button
          isBusy={scan.isPending}
          disabledReason={reason}
          onClick={() => scan.mutate({ datastoreId: datastore.id })}
        >
          {scan.isPending ? null : <ScanSearch aria-hidden />}
          {t("Scan the repository")}
        </Button>
      }
    >
      {scan.error === null ? null : <p className="mb-2 text-danger">{errorMessage(scan.error)}</p>}
      {scan.data === undefined ? (
        <p className="text-muted">
          {t(
            "A scan compares the repository with the catalogue: it finds what unfinished or removed backups have left, and points whose files are gone. It removes nothing.",
          )}
        </p>
      ) : (
        <Found scan={scan.data} datastore={datastore} />
      )}
    </Card>
  );
}

function Found({ scan, datastore }: { scan: RepositoryScan; datastore: DatastoreDetail }) {
  const removable = scan.orphans.filter((orphan) => orphan.keepReason === null);
  return (
    <div className="space-y-3">
      <p>
        {rich(
          "{entryCount, plural, one {1 entry} other {{entryCount2} entries}} looked at {time}: {noOrphansCount, select, yes {no leftovers.} other {{orphansCount} {orphansCount2, plural, one {is} other {are}} in no catalogue row.}}",
          {
            entryCount: scan.entryCount,
            entryCount2: formatCount(scan.entryCount),
            time: <Time at={scan.at} />,
            noOrphansCount: scan.orphans.length === 0 ? "yes" : "no",
            orphansCount: formatCount(scan.orphans.length),
            orphansCount2: scan.orphans.length,
          },
        )}
      </p>
      {scan.missing.length === 0 ? null : (
        <Notice tone="danger" title={t("Points whose files are gone")}>
          {t("{missing}. They are marked as damaged.", {
            missing: scan.missing
              .map((point) =>
                t("increment {incrementId} of backup {imageId} of {vmName}", {
                  incrementId: point.incrementId,
                  imageId: point.imageId,
                  vmName: point.vmName,
                }),
              )
              .join(", "),
          })}
        </Notice>
      )}
      {scan.orphans.length === 0 ? null : (
        <>
          <Table caption={t("Leftovers of the repository")}>
            <thead>
              <tr>
                <Th>{t("Name")}</Th>
                <Th>{t("VM")}</Th>
                <Th>{t("What it is")}</Th>
                <Th className="text-end">{t("Size")}</Th>
                <Th>{t("Last changed")}</Th>
                <Th>{t("Plan")}</Th>
              </tr>
            </thead>
            <tbody>
              {scan.orphans.map((orphan) => (
                <Row key={`${orphan.vmId ?? "-"}/${orphan.name}`} orphan={orphan} />
              ))}
            </tbody>
          </Table>
          <RemoveLeftovers datastore={datastore} orphans={removable} />
        </>
      )}
    </div>
  );
}

function Row({ orphan }: { orphan: Orphan }) {
  return (
    <tr>
      <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium">
        <code className="wrap-anywhere">{orphan.name}</code>
      </th>
      <Td>{orphan.vmId === null ? t("none") : (orphan.vmName ?? t("VM {vmId}, gone", { vmId: orphan.vmId }))}</Td>
      <Td>{orphan.what}</Td>
      <Td className="text-end whitespace-nowrap">
        {orphan.bytes === null ? t("not known") : formatBytes(orphan.bytes)}
      </Td>
      <Td>
        <Time at={orphan.modifiedAt * 1000} short />
      </Td>
      <Td>
        {orphan.keepReason === null ? t("Can be removed") : t("Stays: {keepReason}", { keepReason: orphan.keepReason })}
      </Td>
    </tr>
  );
}

function RemoveLeftovers({ datastore, orphans }: { datastore: DatastoreDetail; orphans: readonly Orphan[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const router = useRouter();
  const staleReason = useStaleReason();
  const remove = useMutation(
    trpc.verification.removeOrphans.mutationOptions({
      onSuccess: ({ actionId }) => router.push(`/activity/${actionId}`),
    }),
  );
  const entries = uniqueBackups(orphans);
  const bytes = orphans.reduce((sum, orphan) => sum + (orphan.bytes ?? 0), 0);
  const size = orphans.every((orphan) => orphan.bytes === null) ? "" : `: ${formatBytes(bytes)}`;
  const complete = orphans.filter((orphan) => orphan.kind === "point").length;
  return (
    <>
      <Button
        variant="danger-outline"
        disabledReason={(entries.length === 0 ? t("None of them can be removed from here.") : null) ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
        {t("Remove {entriesCount, plural, one {1 leftover} other {{entriesCount2} leftovers}}", {
          entriesCount: entries.length,
          entriesCount2: formatCount(entries.length),
        })}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Remove leftovers from {name}?", { name: datastore.name })}
        consequences={[
          t(
            "{entriesCount, plural, one {1 backup that no catalogue row names is} other {{entriesCount2} backups that no catalogue row names are}} removed for good{size}.",
            { entriesCount: entries.length, entriesCount2: formatCount(entries.length), size },
          ),
          t("Each is looked up again right before it goes. What became a recorded point, or is being written, stays."),
          ...(complete === 0
            ? []
            : [
                t(
                  "{complete} of them {complete2, plural, one {is} other {are}} complete. If another Strata or an OpenNebula uses this repository, or if this catalogue was lost and made anew, they may be needed: then keep them.",
                  { complete: formatCount(complete), complete2: complete },
                ),
              ]),
        ]}
        confirmLabel={t("Remove leftovers")}
        typedName={datastore.name}
        isBusy={remove.isPending || remove.isSuccess}
        error={remove.error === null ? null : errorMessage(remove.error)}
        onConfirm={() => remove.mutate({ datastoreId: datastore.id, entries, confirm: datastore.name })}
      />
    </>
  );
}

/** The run takes VM and backup id; an upload and a half removal of one backup go together. At most a thousand at once. */
function uniqueBackups(orphans: readonly Orphan[]): { vmId: number; backupId: string }[] {
  const found = new Map<string, { vmId: number; backupId: string }>();
  for (const { vmId, backupId } of orphans) {
    if (vmId !== null && backupId !== null) found.set(`${vmId}/${backupId}`, { vmId, backupId });
  }
  return [...found.values()].slice(0, 1000);
}
