"use client";

import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { CataloguePlan, PlannedBackup, PlannedVm } from "@/server/domain/catalogue";
import { useStaleReason } from "../layout/freshness";
import { errorMessage } from "../lib/error-message";
import { formatBytes, formatCount } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Checkbox } from "../ui/checkbox";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Notice } from "../ui/notice";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";

interface Choice {
  vm: PlannedVm;
  backup: PlannedBackup;
  id: string;
}

/** What would be read in, for which VM and owner, and what cannot be and why; nothing happens before it is confirmed. */
export function ReadInPlan({ plan }: { plan: CataloguePlan }) {
  const choices = plan.vms.flatMap((vm) =>
    vm.backups.map((backup): Choice => ({ vm, backup, id: `${vm.vmId}/${vm.jobId ?? ""}/${backup.key}` })),
  );
  // A number that belongs to another VM here needs a decision.
  const [chosen, setChosen] = useState(
    () => new Set(choices.filter(({ vm }) => vm.here !== "other").map((each) => each.id)),
  );
  const set = (ids: readonly string[], isOn: boolean) =>
    setChosen((before) => new Set(isOn ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
  const allIds = choices.map((each) => each.id);
  return (
    <div className="space-y-3">
      <p>
        Looked at <Time at={plan.at} />: {count(choices.length, "backup")} can be read in,{" "}
        {count(plan.knownCount, "point")} {plan.knownCount === 1 ? "is" : "are"} in the catalogue already.
      </p>
      <Remarks plan={plan} />
      {choices.length === 0 ? null : (
        <>
          <Table caption="Backups that can be read in">
            <thead>
              <tr>
                <Th>
                  <Checkbox
                    label="Choose all"
                    isLabelHidden
                    checked={chosen.size === allIds.length}
                    indeterminate={chosen.size > 0 && chosen.size < allIds.length}
                    onCheckedChange={(isOn) => set(allIds, isOn)}
                  />
                </Th>
                <Th>VM</Th>
                <Th>Becomes</Th>
                <Th>Points</Th>
                <Th className="text-end">Size</Th>
                <Th>Checksums</Th>
                <Th>Owner</Th>
              </tr>
            </thead>
            <tbody>
              {choices.map((choice) => (
                <ChoiceRow
                  key={choice.id}
                  choice={choice}
                  isChosen={chosen.has(choice.id)}
                  onChange={(isOn) => set([choice.id], isOn)}
                />
              ))}
            </tbody>
          </Table>
          <ReadIn plan={plan} choices={choices.filter((each) => chosen.has(each.id))} />
        </>
      )}
      <Unusable plan={plan} />
    </div>
  );
}

function Remarks({ plan }: { plan: CataloguePlan }) {
  const others = plan.vms.filter((vm) => vm.here === "other" && vm.backups.length > 0);
  return (
    <>
      {others.length === 0 ? null : (
        <Notice tone="warning" title="Numbers that belong to another VM here">
          {others.map((vm) => `${vm.vmId}: stored as ${vm.vmName}, here ${vm.hereName ?? "without a name"}`).join("; ")}
          . Their backups would be shown with that VM. They are not chosen; choose them only if it is the same VM under
          another name, or if you can live with that.
        </Notice>
      )}
      {plan.failed.length === 0 ? null : (
        <Notice tone="danger" title="VMs that could not be looked at">
          {plan.failed.map((each) => `VM ${each.vmId}: ${each.reason}`).join(" ")}
        </Notice>
      )}
      {plan.leftOut === 0 ? null : (
        <Notice tone="info">
          {count(plan.leftOut, "more VM")} {plan.leftOut === 1 ? "has" : "have"} unknown backups. Read these in, then
          look again.
        </Notice>
      )}
    </>
  );
}

function ChoiceRow({
  choice: { vm, backup },
  isChosen,
  onChange,
}: {
  choice: Choice;
  isChosen: boolean;
  onChange: (isOn: boolean) => void;
}) {
  const first = backup.points[0];
  const last = backup.points.at(-1);
  const without = backup.points.filter((point) => !point.hasChecksums).length;
  const broken = backup.points.filter((point) => point.broken !== null).length;
  return (
    <tr>
      <Td>
        <Checkbox
          label={`Read in backup ${backup.key} of ${vm.vmName}`}
          isLabelHidden
          checked={isChosen}
          onCheckedChange={onChange}
        />
      </Td>
      <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium wrap-anywhere">
        {vm.vmName}{" "}
        <span className="font-normal text-muted">
          {vm.here === "same"
            ? `VM ${vm.vmId}`
            : vm.here === "gone"
              ? `VM ${vm.vmId}, not here`
              : `not VM ${vm.vmId} here`}
        </span>
      </th>
      <Td>
        {backup.imageId !== null
          ? `more points of backup ${backup.imageId}`
          : backup.isChain
            ? "a closed chain"
            : "a full backup"}
      </Td>
      <Td>
        {backup.points.length}
        {first === undefined || last === undefined ? null : (
          <span className="text-muted">
            {": "}
            <Time at={first.at} short />
            {first === last ? null : (
              <>
                {" to "}
                <Time at={last.at} short />
              </>
            )}
          </span>
        )}
        {broken === 0 ? null : <span className="block text-danger">{broken} cannot be relied on</span>}
      </Td>
      <Td className="text-end whitespace-nowrap">{formatBytes(backup.bytes)}</Td>
      <Td>
        {without === 0
          ? "there, not compared yet"
          : without === backup.points.length
            ? "none"
            : `missing for ${without}`}
      </Td>
      <Td>
        <span title={vm.owner.why}>
          {vm.owner.userName}, group {vm.owner.groupName}
        </span>
        <span className="block text-muted">{vm.owner.why}</span>
      </Td>
    </tr>
  );
}

function Unusable({ plan }: { plan: CataloguePlan }) {
  const rows = plan.vms.flatMap((vm) => vm.unusable.map((each) => ({ vm, ...each })));
  if (rows.length === 0) return null;
  return (
    <details>
      <summary className="cursor-pointer font-medium">{count(rows.length, "stored point")} cannot be used</summary>
      <Table caption="Stored points that cannot be used">
        <thead>
          <tr>
            <Th>Stored as</Th>
            <Th>VM</Th>
            <Th>Why</Th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ vm, backupId, reason }) => (
            <tr key={`${vm.vmId}/${backupId}`}>
              <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium">
                <code className="wrap-anywhere">{backupId}</code>
              </th>
              <Td>{vm.vmName}</Td>
              <Td className="wrap-anywhere">{reason}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}

function ReadIn({ plan, choices }: { plan: CataloguePlan; choices: readonly Choice[] }) {
  const [isOpen, setIsOpen] = useState(false);
  const trpc = useTRPC();
  const router = useRouter();
  const staleReason = useStaleReason();
  const readIn = useMutation(
    trpc.datastore.importCatalogue.mutationOptions({
      onSuccess: ({ actionId }) => router.push(`/activity/${actionId}`),
    }),
  );
  const points = choices.reduce((sum, { backup }) => sum + backup.points.length, 0);
  const bytes = choices.reduce((sum, { backup }) => sum + backup.bytes, 0);
  const backups = choices.map(({ vm, backup }) => ({ vmId: vm.vmId, jobId: vm.jobId, key: backup.key }));
  return (
    <>
      <Button
        variant="primary"
        disabledReason={(choices.length === 0 ? "Choose at least one backup." : null) ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Download aria-hidden />
        Read in {count(choices.length, "backup")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={`Read ${count(choices.length, "backup")} into the catalogue?`}
        consequences={[
          `${count(points, "point")} can be restored again: ${formatBytes(bytes)}, counted against the quotas of their owners. No stored file is changed.`,
          "They are marked as not verified until a check has read their files.",
          "The chains are closed: the next backup of such a VM is a full one. Where a VM is here, its retention counts these points from its next backup on, and may remove the old ones then.",
        ]}
        confirmLabel="Read in"
        cancelLabel="Not now"
        isBusy={readIn.isPending || readIn.isSuccess}
        error={readIn.error === null ? null : errorMessage(readIn.error)}
        onConfirm={() => readIn.mutate({ datastoreId: plan.datastoreId, backups })}
      />
    </>
  );
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${formatCount(number)} ${what}s`;
}
