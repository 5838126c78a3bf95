"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  DEFAULT_VM_OPERATION_RIGHTS,
  VM_OPERATIONS,
  type VmOperation,
  type VmOperationRights,
} from "@/server/domain/vm-operations";
import { useAdminReason } from "../hooks/use-admin-reason";
import { t, words } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Card } from "../ui/card";
import { Notice } from "../ui/notice";
import { Select } from "../ui/select";
import { Skeleton } from "../ui/skeleton";
import { Table, Td, Th } from "../ui/table";
import { useAdminChange } from "./use-admin-change";

const OPERATION_WORDS: Record<VmOperation, string> = words({
  backup: "Back up, cancel a backup",
  restore: "Restore in place",
  updateconf: "Change the backup settings",
  "sched-action": "Change its schedules",
  "disk-attach": "Attach and detach disks",
  "disk-resize": "Resize disks",
  "disk-snapshot": "Snapshots of a disk",
  snapshot: "Snapshots of the VM",
  deploy: "Deploy on a host",
  poweroff: "Power off",
  resume: "Start",
  reboot: "Reboot",
  terminate: "Delete",
  recover: "Recover after a failure",
  migrate: "Move to another host",
  resched: "Ask for another host",
  rename: "Rename",
  update: "Change the attributes",
});

type Level = keyof VmOperationRights;
const LEVELS: readonly { value: Level; label: string }[] = [
  {
    value: "use",
    get label() {
      return t("Use");
    },
  },
  {
    value: "manage",
    get label() {
      return t("Manage");
    },
  },
  {
    value: "admin",
    get label() {
      return t("Admin");
    },
  },
];

/** Which right on a VM each operation needs: VM_USE_, VM_MANAGE_ and VM_ADMIN_OPERATIONS. */
export function RightsTab() {
  const trpc = useTRPC();
  const { data, error, refetch } = useQuery(trpc.access.vmOperations.queryOptions());
  if (error !== null) return <ErrorState error={error} what={t("the rights")} onRetry={() => void refetch()} />;
  if (data === undefined) return <Skeleton className="h-96" />;
  return <RightsForm key={JSON.stringify(data)} rights={data} />;
}

function levelOf(rights: VmOperationRights, operation: VmOperation): Level {
  return LEVELS.find(({ value }) => rights[value].includes(operation))?.value ?? "admin";
}

function RightsForm({ rights }: { rights: VmOperationRights }) {
  const trpc = useTRPC();
  const reason = useAdminReason(t("say which rights operations need"));
  const read = (from: VmOperationRights) => new Map(VM_OPERATIONS.map((each) => [each, levelOf(from, each)] as const));
  const [levels, setLevels] = useState(() => read(rights));
  const done = useAdminChange(() => undefined);
  const save = useMutation(
    trpc.access.setVmOperations.mutationOptions({ onSuccess: () => done(t("Rights of VM operations saved")) }),
  );
  const listed = (level: Level) => VM_OPERATIONS.filter((each) => levels.get(each) === level);
  const isChanged = VM_OPERATIONS.some((each) => levels.get(each) !== levelOf(rights, each));
  return (
    <Card>
      <p className="mb-4 max-w-prose text-muted">
        {t(
          "The right on the VM that somebody needs for an operation. An administrator may do everything. A user or a group may have lists of their own (VM_USE_OPERATIONS and so on in their template), which come first.",
        )}
      </p>
      <Table caption={t("Rights of VM operations")} className="max-w-2xl">
        <thead>
          <tr>
            <Th>{t("Operation")}</Th>
            <Th>{t("Right it needs")}</Th>
          </tr>
        </thead>
        <tbody>
          {VM_OPERATIONS.map((operation) => (
            <tr key={operation}>
              <Th scope="row" className="text-base whitespace-normal text-text">
                {OPERATION_WORDS[operation]}{" "}
                <span className="font-mono text-sm font-normal text-muted">{operation}</span>
              </Th>
              <Td>
                <Select
                  aria-label={t("Right for {operation}", { operation })}
                  className="w-32"
                  disabled={reason !== null}
                  value={levels.get(operation)}
                  onChange={(event) => {
                    const level = LEVELS.find(({ value }) => value === event.target.value)?.value;
                    if (level !== undefined) setLevels(new Map(levels).set(operation, level));
                  }}
                >
                  {LEVELS.map(({ value, label }) => (
                    <option key={value} value={value}>
                      {label}
                    </option>
                  ))}
                </Select>
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
      {save.error === null ? null : (
        <Notice tone="danger" isAlert className="mt-4">
          {errorMessage(save.error)}
        </Notice>
      )}
      <div className="mt-4 flex flex-wrap gap-2">
        <Button
          variant="primary"
          isBusy={save.isPending}
          disabledReason={reason ?? (isChanged ? null : t("Nothing was changed."))}
          onClick={() => save.mutate({ use: listed("use"), manage: listed("manage"), admin: listed("admin") })}
        >
          {t("Save rights")}
        </Button>
        <Button disabledReason={reason} onClick={() => setLevels(read(DEFAULT_VM_OPERATION_RIGHTS))}>
          {t("Fill in OpenNebula's defaults")}
        </Button>
      </div>
    </Card>
  );
}
