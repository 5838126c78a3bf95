"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { PlugZap, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { toast } from "sonner";
import type { HostDetail } from "@/server/domain/host";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t } from "../i18n/t";
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
      <PageHeader title={t("Host {hostId}", { hostId })} />
      {error === null ? (
        <div role="status">
          <span className="sr-only">{t("Loading the host")}</span>
          <Skeleton className="h-64 w-full rounded-card" />
        </div>
      ) : (
        <ErrorState error={error} what={t("host {hostId}", { hostId })} onRetry={() => void refetch()} />
      )}
    </>
  );
}

function Detail({ host }: { host: HostDetail }) {
  const trpc = useTRPC();
  const adminReason = useAdminReason(t("test hosts"));
  const test = useMutation(trpc.host.test.mutationOptions());
  return (
    <>
      <PageHeader
        title={host.name}
        badge={<HostHealthBadge health={host.health} />}
        summary={`${host.isLocal ? t("This machine. ") : ""}${vmCountText(host)}.`}
        actions={
          <>
            <Button
              isBusy={test.isPending}
              disabledReason={adminReason}
              onClick={() => test.mutate({ hostId: host.id })}
            >
              {test.isPending ? null : <PlugZap aria-hidden />}
              {t("Test connection")}
            </Button>
            <DeleteHost host={host} />
          </>
        }
      />
      <div className="grid gap-4">
        {host.error === null ? null : (
          <Notice
            tone={host.runningCount > 0 ? "danger" : "warning"}
            title={t("The host did not answer the last time")}
          >
            {host.error}
          </Notice>
        )}
        {test.isIdle ? null : (
          <Card title={t("Connection test")}>
            <HostTestReport result={test.data} error={test.error} isRunning={test.isPending} isOutdated={false} />
          </Card>
        )}
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <Card title={t("Virtual machines")} isFlush>
            <VmList host={host} />
          </Card>
          <Card title={t("About this host")}>
            <Facts
              items={[
                { label: t("Guests run with"), value: accelerationText(host) },
                { label: t("libvirt URI"), value: host.attributes.libvirtUri ?? "qemu:///system" },
                { label: t("Emulator CPUs"), value: host.attributes.emulatorCpus ?? t("Any") },
                { label: t("Time to shut down"), value: `${host.attributes.shutdownSeconds} s` },
                { label: t("Last answer"), value: host.polledAt === null ? t("Never") : <Time at={host.polledAt} /> },
                { label: t("Added"), value: <Time at={host.createdAt} /> },
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
          ? t("No VM of this host is known yet.")
          : t("You may see none of its VMs. Their owners or an administrator can grant the USE right.")}
      </p>
    );
  }
  return (
    <Table caption={t("VMs of {name}", { name: host.name })}>
      <thead>
        <tr>
          <Th>{t("Name")}</Th>
          <Th>{t("State")}</Th>
          <Th>{t("Domain")}</Th>
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
              {t("{deployId}{isImported, select, yes { (imported)} other {}}", {
                deployId: vm.deployId,
                isImported: vm.isImported ? "yes" : "no",
              })}
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
        toast.success(t("Host {name} removed", { name: host.name }));
        router.push("/hosts");
      },
    }),
  );
  const reason = !host.may.manage
    ? t("Only an administrator may delete hosts.")
    : host.id === 0
      ? t("It is this machine; it cannot be deleted.")
      : host.vmCount > 0
        ? t("It still has {vmCount, plural, one {a VM} other {{vmCount} VMs}}. Delete them first.", {
            vmCount: host.vmCount,
          })
        : null;
  return (
    <>
      <Button variant="danger-outline" disabledReason={reason} onClick={() => setIsOpen(true)}>
        <Trash2 aria-hidden />
        {t("Delete host")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Delete host {name}?", { name: host.name })}
        consequences={[t("It disappears from the lists."), t("Nothing on the machine is touched.")]}
        confirmLabel={t("Delete host")}
        onConfirm={() => remove.mutate({ hostId: host.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}
