"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ScanSearch, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { DatastoreDetail } from "@/server/domain/datastore";
import type { Orphan, RepositoryScan } from "@/server/domain/orphan";
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
    : "You need the MANAGE right on this datastore. Its owner or an administrator can grant it.";
  return (
    <Card
      title="Leftovers"
      data-testid="leftovers"
      actions={
        <Button
          isBusy={scan.isPending}
          disabledReason={reason}
          onClick={() => scan.mutate({ datastoreId: datastore.id })}
        >
          {scan.isPending ? null : <ScanSearch aria-hidden />}
          Scan the repository
        </Button>
      }
    >
      {scan.error === null ? null : <p className="mb-2 text-danger">{errorMessage(scan.error)}</p>}
      {scan.data === undefined ? (
        <p className="text-muted">
          A scan compares the repository with the catalogue: it finds what unfinished or removed backups have left, and
          points whose files are gone. It removes nothing.
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
        {scan.entryCount === 1 ? "1 entry" : `${formatCount(scan.entryCount)} entries`} looked at <Time at={scan.at} />:{" "}
        {scan.orphans.length === 0
          ? "no leftovers."
          : `${formatCount(scan.orphans.length)} ${scan.orphans.length === 1 ? "is" : "are"} in no catalogue row.`}
      </p>
      {scan.missing.length === 0 ? null : (
        <Notice tone="danger" title="Points whose files are gone">
          {scan.missing
            .map((point) => `increment ${point.incrementId} of backup ${point.imageId} of ${point.vmName}`)
            .join(", ")}
          . They are marked as damaged.
        </Notice>
      )}
      {scan.orphans.length === 0 ? null : (
        <>
          <Table caption="Leftovers of the repository">
            <thead>
              <tr>
                <Th>Name</Th>
                <Th>VM</Th>
                <Th>What it is</Th>
                <Th className="text-end">Size</Th>
                <Th>Last changed</Th>
                <Th>Plan</Th>
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
      <Td>{orphan.vmId === null ? "none" : (orphan.vmName ?? `VM ${orphan.vmId}, gone`)}</Td>
      <Td>{orphan.what}</Td>
      <Td className="text-end whitespace-nowrap">{orphan.bytes === null ? "not known" : formatBytes(orphan.bytes)}</Td>
      <Td>
        <Time at={orphan.modifiedAt * 1000} short />
      </Td>
      <Td>{orphan.keepReason === null ? "Can be removed" : `Stays: ${orphan.keepReason}`}</Td>
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
        disabledReason={(entries.length === 0 ? "None of them can be removed from here." : null) ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Trash2 aria-hidden />
        Remove {entries.length === 1 ? "1 leftover" : `${formatCount(entries.length)} leftovers`}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Remove leftovers from ${datastore.name}?`}
        consequences={[
          `${entries.length === 1 ? "1 backup that no catalogue row names is" : `${formatCount(entries.length)} backups that no catalogue row names are`} removed for good${size}.`,
          "Each is looked up again right before it goes. What became a recorded point, or is being written, stays.",
          ...(complete === 0
            ? []
            : [
                `${formatCount(complete)} of them ${complete === 1 ? "is" : "are"} complete. If another Strata or an OpenNebula uses this repository, or if this catalogue was lost and made anew, they may be needed: then keep them.`,
              ]),
        ]}
        confirmLabel="Remove leftovers"
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
