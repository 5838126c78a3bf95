"use client";

import { useQuery } from "@tanstack/react-query";
import { Network, Plus } from "lucide-react";
import { useState } from "react";
import type { NetworkRow } from "@/server/domain/network";
import { useAdminReason } from "../hooks/use-admin-reason";
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
  const reason = useAdminReason("add networks");
  const add = (
    <Button variant="primary" disabledReason={reason} onClick={() => setIsCreating(true)}>
      <Plus aria-hidden /> Add network
    </Button>
  );
  return (
    <>
      <PageHeader
        title="Virtual networks"
        summary="New and restored VMs that name a network here get an address of it."
        actions={add}
      />
      {error === null ? null : <ErrorState error={error} what="the networks" onRetry={() => void refetch()} />}
      {isPending ? <Skeleton className="h-44 rounded-card" /> : null}
      {data === undefined ? null : data.rows.length === 0 ? (
        <Card>
          <EmptyState
            icon={Network}
            title={reason === null ? "No virtual network yet" : "No virtual network that you may use"}
            actions={add}
          >
            Without one, restored VMs keep the name of their network and their addresses as they were.
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
    <Table caption="Virtual networks">
      <thead>
        <tr>
          <Th>Name</Th>
          <Th>Bridge</Th>
          <Th>Ranges</Th>
          <Th>Leased</Th>
          <Th>Owner</Th>
          <Th>
            <span className="sr-only">Actions</span>
          </Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <Th scope="row" className="text-base text-text">
              {row.name} <span className="font-normal text-muted">#{row.id}</span>
            </Th>
            <Td className="font-mono text-sm">{row.bridge === "" ? "none" : row.bridge}</Td>
            <Td className="py-2">
              {row.ranges.length === 0 ? <span className="text-muted">No addresses</span> : null}
              {row.ranges.map((range) => (
                <div key={range.id} className="font-mono text-sm">
                  {range.size === 1 ? (range.ip ?? range.mac) : `${range.size} from ${range.ip ?? range.mac}`}
                </div>
              ))}
            </Td>
            <Td>
              <Button
                variant="ghost"
                size="sm"
                onClick={() => onShow(row)}
                aria-label={`${leasedText(row)} leased, ${row.name}`}
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
  return `${used} of ${size}`;
}
