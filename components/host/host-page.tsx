"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { PlugZap, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import type { HostDetail } from "@/server/domain/host";
import { useAdminReason } from "../hooks/use-admin-reason";
import { ErrorState } from "../layout/error-state";
import { PageHeader } from "../layout/page-header";
import { errorMessage } from "../lib/error-message";
import { HostHealthBadge, VmStateBadge } from "../state-badge";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card, Facts } from "../ui/card";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";
import { HostTestReport } from "./host-test-report";
import { accelerationText, vmCountText } from "./host-words";
import { ImportMachines } from "./import-machines";

/** One host: whether it answers, its VMs, and the machines that can be imported. */
export function HostPage({ hostId }: { hostId: number }) {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.host.get.queryOptions({ hostId }));
  if (data !== undefined) return <Detail host={data} />;
  return (
    <>
      <PageHeader title={`Host ${hostId}`} />
      {error === null ? (
        <div role="status">
          <span className="sr-only">Loading the host</span>
          <Skeleton className="h-64 w-full rounded-card" />
        </div>
      ) : (
        <ErrorState error={error} what={`host ${hostId}`} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Detail({ host }: { host: HostDetail }) {
  const trpc = useTRPC();
  const adminReason = useAdminReason("test hosts");
  const test = useMutation(trpc.host.test.mutationOptions());
  return (
    <>
      <PageHeader
        title={host.name}
        badge={<HostHealthBadge health={host.health} />}
        summary={`${host.isLocal ? "This machine. " : ""}${vmCountText(host)}.`}
        actions={
          <>
            <Button
              isBusy={test.isPending}
              disabledReason={adminReason}
              onClick={() => test.mutate({ hostId: host.id })}
            >
              {test.isPending ? null : <PlugZap aria-hidden />}
              Test connection
            </Button>
            <DeleteHost host={host} />
          </>
        }
      />
      <div className="grid gap-4">
        {host.error === null ? null : (
          <Notice tone={host.runningCount > 0 ? "danger" : "warning"} title="The host did not answer the last time">
            {host.error}
          </Notice>
        )}
        {test.isIdle ? null : (
          <Card title="Connection test">
            <HostTestReport result={test.data} error={test.error} isRunning={test.isPending} isOutdated={false} />
          </Card>
        )}
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <Card title="Virtual machines" isFlush>
            <VmList host={host} />
          </Card>
          <Card title="About this host">
            <Facts
              items={[
                { label: "Guests run with", value: accelerationText(host) },
                { label: "libvirt URI", value: host.attributes.libvirtUri ?? "qemu:///system" },
                { label: "Emulator CPUs", value: host.attributes.emulatorCpus ?? "Any" },
                { label: "Time to shut down", value: `${host.attributes.shutdownSeconds} s` },
                { label: "Last answer", value: host.polledAt === null ? "Never" : <Time at={host.polledAt} /> },
                { label: "Added", value: <Time at={host.createdAt} /> },
              ]}
            />
          </Card>
        </div>
        <ImportMachines host={host} />
      </div>
    </>
  );
}

function VmList({ host }: { host: HostDetail }) {
  if (host.vms.length === 0) {
    return (
      <p className="px-4 pb-4 text-muted">
        {host.vmCount === 0
          ? "No VM of this host is known yet."
          : "You may see none of its VMs. Their owners or an administrator can grant the USE right."}
      </p>
    );
  }
  return (
    <Table caption={`VMs of ${host.name}`}>
      <thead>
        <tr>
          <Th>Name</Th>
          <Th>State</Th>
          <Th>Domain</Th>
        </tr>
      </thead>
      <tbody>
        {host.vms.map((vm) => (
          <tr key={vm.id}>
            <Td>
              <Link href={`/vms/${vm.id}`} className="rounded text-primary hover:underline">
                {vm.name}
              </Link>
            </Td>
            <Td>
              <VmStateBadge state={vm.state} />
            </Td>
            <Td className="font-mono text-sm wrap-anywhere text-muted">
              {vm.deployId}
              {vm.isImported ? " (imported)" : ""}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function DeleteHost({ host }: { host: HostDetail }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const router = useRouter();
  const remove = useMutation(
    trpc.host.delete.mutationOptions({
      onSuccess: () => {
        toast.success(`Host ${host.name} removed`);
        router.push("/hosts");
      },
    }),
  );
  const reason = !host.may.manage
    ? "Only an administrator may delete hosts."
    : host.id === 0
      ? "It is this machine; it cannot be deleted."
      : host.vmCount > 0
        ? `It still has ${host.vmCount === 1 ? "a VM" : `${host.vmCount} VMs`}. Delete them first.`
        : null;
  return (
    <>
      <Button variant="danger-outline" disabledReason={reason} onClick={() => setIsOpen(true)}>
        <Trash2 aria-hidden />
        Delete host
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={`Delete host ${host.name}?`}
        consequences={["It disappears from the lists.", "Nothing on the machine is touched."]}
        confirmLabel="Delete host"
        onConfirm={() => remove.mutate({ hostId: host.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}
