"use client";

import { useQuery } from "@tanstack/react-query";
import { Network, Plus } from "lucide-react";
import { useState } from "react";
import type { NetworkRow } from "@/server/domain/network";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { Skeleton } from "../ui/skeleton";
import { Table, Td, Th } from "../ui/table";
import { CreateNetworkDialog } from "./create-network-dialog";
import { DeleteNetwork } from "./delete-network";
import { NetworkLeases } from "./network-leases";

const PAGE = { offset: 0, limit: 200, descending: false };

/** Every virtual network with its ranges and how much of them is leased. */
export function NetworkList() {
  const trpc = useTRPC();
  const [isCreating, setIsCreating] = useState(false);
  const [shown, setShown] = useState<NetworkRow | null>(null);
  const { data, error, isPending, refetch } = useQuery(trpc.network.list.queryOptions(PAGE));
  const reason = useAdminReason(t("add networks"));
  const add = (
    <Button variant="primary" disabledReason={reason} onClick={() => setIsCreating(true)}>
      <Plus aria-hidden /> {t("Add network")}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t("Virtual networks")}
        summary={t("New and restored VMs that name a network here get an address of it.")}
        actions={add}
      />
      {error === null ? null : <ErrorState error={error} what={t("the networks")} onRetry={() => void refetch()} />}
      {isPending ? <Skeleton className="h-44 rounded-card" /> : null}
      {data === undefined ? null : data.rows.length === 0 ? (
        <Card>
          <EmptyState
            icon={Network}
            title={reason === null ? t("No virtual network yet") : t("No virtual network that you may use")}
            actions={add}
          >
            {t("Without one, restored VMs keep the name of their network and their addresses as they were.")}
          </EmptyState>
        </Card>
      ) : (
        <Card isFlush>
          <NetworkTable rows={data.rows} onShow={setShown} />
        </Card>
      )}
      <CreateNetworkDialog isOpen={isCreating} onOpenChange={setIsCreating} />
      {shown === null ? null : <NetworkLeases network={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function NetworkTable({ rows, onShow }: { rows: readonly NetworkRow[]; onShow: (row: NetworkRow) => void }) {
  return (
    <Table caption={t("Virtual networks")}>
      <thead>
        <tr>
          <Th>{t("Name")}</Th>
          <Th>{t("Bridge")}</Th>
          <Th>{t("Ranges")}</Th>
          <Th>{t("Leased")}</Th>
          <Th>{t("Owner")}</Th>
          <Th>
            <span className="sr-only">{t("Actions")}</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <Th scope="row" className="text-base text-text">
              {row.name} <span className="font-normal text-muted">#{row.id}</span>
            </Th>
            <Td className="font-mono text-sm">{row.bridge === "" ? t("none") : row.bridge}</Td>
            <Td className="py-2">
              {row.ranges.length === 0 ? <span className="text-muted">{t("No addresses")}</span> : null}
              {row.ranges.map((range) => (
                <div key={range.id} className="font-mono text-sm">
                  {range.size === 1
                    ? (range.ip ?? range.mac)
                    : t("{size} from {ip}", { size: range.size, ip: range.ip ?? range.mac })}
                </div>
              ))}
            </Td>
            <Td>
              <Button
                variant="ghost"
                size="sm"
                onClick={() => onShow(row)}
                aria-label={t("{leasedText} leased, {name}", { leasedText: leasedText(row), name: row.name })}
              >
                {leasedText(row)}
              </Button>
            </Td>
            <Td>{row.ownerName}</Td>
            <Td className="text-end">
              <DeleteNetwork network={row} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function leasedText(row: NetworkRow): string {
  const used = row.ranges.reduce((sum, range) => sum + range.used, 0);
  const size = row.ranges.reduce((sum, range) => sum + range.size, 0);
  return t("{used} of {size}", { used, size });
}
