"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Import, RotateCw } from "lucide-react";
import { useState } from "react";
import type { HostDetail } from "@/server/domain/host";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { ImportTable } from "./import-table";

/** The domains of a host, to be chosen and imported one after the other; each says how it went. */
export function ImportMachines({ host }: { host: HostDetail }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const adminReason = useAdminReason(t("import machines of a host"));
  const domains = useQuery({
    ...trpc.host.domains.queryOptions({ hostId: host.id }),
    enabled: host.may.manage,
    retry: false,
  });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [failures, setFailures] = useState<readonly { name: string; reason: string }[]>([]);
  const [isImporting, setIsImporting] = useState(false);
  const importOne = useMutation(trpc.host.importDomain.mutationOptions());
  const rows = domains.data?.domains ?? [];
  const selected = rows.filter((row) => chosen.has(row.uuid) && row.reason === null);

  async function importAll() {
    setIsImporting(true);
    const failed: { name: string; reason: string }[] = [];
    for (const row of selected) {
      try {
        await importOne.mutateAsync({ hostId: host.id, uuid: row.uuid });
      } catch (error) {
        failed.push({ name: row.name, reason: errorMessage(error) });
      }
    }
    setFailures(failed);
    setChosen(new Set());
    setIsImporting(false);
    await queryClient.invalidateQueries(trpc.host.pathFilter());
  }

  return (
    <Card
      title={t("Import machines")}
      isFlush
      actions={
        <div className="flex flex-wrap gap-2">
          <Button
            isBusy={domains.isFetching}
            disabledReason={adminReason}
            onClick={() => void domains.refetch()}
            size="sm"
          >
            {domains.isFetching ? null : <RotateCw aria-hidden />}
            {t("Look again")}
          </Button>
          <Button
            variant="primary"
            size="sm"
            isBusy={isImporting}
            disabledReason={adminReason ?? (selected.length === 0 ? t("Choose at least one machine below.") : null)}
            onClick={() => void importAll()}
          >
            {isImporting ? null : <Import aria-hidden />}
            {selected.length === 0 ? t("Import") : t("Import {selectedCount}", { selectedCount: selected.length })}
          </Button>
        </div>
      }
    >
      <div className="grid gap-3 px-4 pb-4">
        <p className="max-w-prose text-muted">
          {t(
            "The machines that libvirt has on {name}. An import makes a VM of one: its disk files stay where they are, and it keeps its name there.",
            { name: host.name },
          )}
        </p>
        {failures.length === 0 ? null : (
          <Notice tone="danger" isAlert title={t("Some machines were not imported")}>
            <ul>
              {failures.map((failure) => (
                <li key={failure.name}>
                  {failure.name}: {failure.reason}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        {domains.isError ? (
          <ErrorState
            error={domains.error}
            what={t("the machines of this host")}
            onRetry={() => void domains.refetch()}
          />
        ) : null}
        {domains.isLoading ? (
          <div role="status">
            <span className="sr-only">{t("Asking the host for its machines")}</span>
            <Skeleton className="h-24 w-full" />
          </div>
        ) : null}
        {adminReason === null ? null : <p className="text-muted">{adminReason}</p>}
        {domains.data !== undefined && rows.length === 0 ? (
          <p className="text-muted">{t("libvirt has no machine on this host.")}</p>
        ) : null}
        {rows.length === 0 ? null : (
          <ImportTable rows={rows} chosen={chosen} onChange={setChosen} isLocked={isImporting} />
        )}
        {(domains.data?.unreadable ?? []).map((row) => (
          <Notice key={row.uuid} tone="warning">
            {row.uuid}: {row.error}
          </Notice>
        ))}
      </div>
    </Card>
  );
}
