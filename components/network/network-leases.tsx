"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import type { NetworkRow } from "@/server/domain/network";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { useTRPC } from "../trpc/client";
import { Dialog } from "../ui/dialog";
import { Skeleton } from "../ui/skeleton";
import { Table, Td, Th } from "../ui/table";

const SHOWN = 500;

/** Who has the addresses of a network. */
export function NetworkLeases({ network, onClose }: { network: NetworkRow; onClose: () => void }) {
  const trpc = useTRPC();
  const { data, error, isPending, refetch } = useQuery(trpc.network.get.queryOptions({ networkId: network.id }));
  const leases = data?.leases ?? [];
  return (
    <Dialog isOpen onOpenChange={onClose} title={t("Addresses of {name} in use", { name: network.name })}>
      {error === null ? null : <ErrorState error={error} what={t("the addresses")} onRetry={() => void refetch()} />}
      {isPending ? <Skeleton className="h-24" /> : null}
      {data !== undefined && leases.length === 0 ? <p>{t("No VM has an address of this network.")}</p> : null}
      {leases.length === 0 ? null : (
        <Table caption={t("Addresses of {name}", { name: network.name })}>
          <thead>
            <tr>
              <Th>{t("Address")}</Th>
              <Th>{t("MAC")}</Th>
              <Th>{t("VM")}</Th>
            </tr>
          </thead>
          <tbody>
            {leases.map((lease) => (
              <tr key={`${lease.rangeId}-${lease.index}`}>
                <Td className="font-mono text-sm">{lease.ip ?? t("none")}</Td>
                <Td className="font-mono text-sm">{lease.mac}</Td>
                <Td>
                  <Link className="text-primary underline underline-offset-2" href={`/vms/${lease.vmId}`}>
                    {lease.vmName === "" ? t("VM {vmId}", { vmId: lease.vmId }) : lease.vmName}
                  </Link>{" "}
                  <span className="text-muted">{t("NIC {nicId}", { nicId: lease.nicId })}</span>
                </Td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      {leases.length < SHOWN ? null : (
        <p className="mt-2 text-sm text-muted">{t("The first {shown} are shown.", { shown: SHOWN })}</p>
      )}
    </Dialog>
  );
}
