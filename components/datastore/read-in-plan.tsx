"use client";

import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { CataloguePlan, PlannedBackup, PlannedVm } from "@/server/domain/catalogue";
import { said } from "../i18n/said";
import { rich, t } from "../i18n/t";
import { useStaleReason } from "../layout/freshness";
import { backupCount, pointCount } from "../lib/counts";
import { errorMessage } from "../lib/error-message";
import { formatBytes, formatCount } from "../lib/format";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Checkbox } from "../ui/checkbox";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Notice } from "../ui/notice";
import { Table, Td, Th } from "../ui/table";
import { Time } from "../ui/time";

/** On phones these stand under the name of the VM: what is chosen must be seen without scrolling aside. */
const WIDE = "max-md:hidden";

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
        {rich(
          "Looked at {time}: {choicesCount} can be read in, {knownCount} {knownCount2, plural, one {is} other {are}} in the catalogue already.",
          {
            time: <Time at={plan.at} />,
            choicesCount: backupCount(choices.length),
            knownCount: pointCount(plan.knownCount),
            knownCount2: plan.knownCount,
          },
        )}
      </p>
      <Remarks plan={plan} />
      {choices.length === 0 ? null : (
        <>
          <Table caption={t("Backups that can be read in")}>
            <thead>
              <tr>
                <Th>
                  <Checkbox
                    label={t("Choose all")}
                    isLabelHidden
                    checked={chosen.size === allIds.length}
                    indeterminate={chosen.size > 0 && chosen.size < allIds.length}
                    onCheckedChange={(isOn) => set(allIds, isOn)}
                  />
                </Th>
                <Th>{t("VM")}</Th>
                <Th className={WIDE}>{t("Becomes")}</Th>
                <Th>{t("Points")}</Th>
                <Th className={`text-end ${WIDE}`}>{t("Size")}</Th>
                <Th className={WIDE}>{t("Checksums")}</Th>
                <Th className={WIDE}>{t("Owner")}</Th>
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
        <Notice tone="warning" title={t("Numbers that belong to another VM here")}>
          {t(
            "{others}. Their backups would be shown with that VM. They are not chosen; choose them only if it is the same VM under another name, or if you can live with that.",
            {
              others: others
                .map((vm) =>
                  t("{vmId}: stored as {vmName}, here {hereName}", {
                    vmId: vm.vmId,
                    vmName: vm.vmName,
                    hereName: vm.hereName ?? t("without a name"),
                  }),
                )
                .join("; "),
            },
          )}
        </Notice>
      )}
      {plan.failed.length === 0 ? null : (
        <Notice tone="danger" title={t("VMs that could not be looked at")}>
          {plan.failed
            .map((each) => t("VM {vmId}: {reason}", { vmId: each.vmId, reason: said(each.reason) }))
            .join(" ")}
        </Notice>
      )}
      {plan.leftOut === 0 ? null : (
        <Notice tone="info">
          {t(
            "{leftOut, plural, one {1 more VM has} other {{shown} more VMs have}} unknown backups. Read these in, then look again.",
            { leftOut: plan.leftOut, shown: formatCount(plan.leftOut) },
          )}
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
  const becomes =
    backup.imageId !== null
      ? t("more points of backup {imageId}", { imageId: backup.imageId })
      : backup.isChain
        ? t("a closed chain")
        : t("a full backup");
  const checksums =
    without === 0
      ? t("there, not compared yet")
      : without === backup.points.length
        ? t("none")
        : t("missing for {without}", { without });
  const owner = t("{userName}, group {groupName}", { userName: vm.owner.userName, groupName: vm.owner.groupName });
  return (
    <tr>
      <Td>
        <Checkbox
          label={t("Read in backup {key} of {vmName}", { key: backup.key, vmName: vm.vmName })}
          isLabelHidden
          checked={isChosen}
          onCheckedChange={onChange}
        />
      </Td>
      <th
        scope="row"
        className="h-(--row) min-w-28 border-b border-line px-3 py-1 text-start font-medium wrap-anywhere"
      >
        {vm.vmName}{" "}
        <span className="font-normal text-muted">
          {vm.here === "same"
            ? t("VM {vmId}", { vmId: vm.vmId })
            : vm.here === "gone"
              ? t("VM {vmId}, not here", { vmId: vm.vmId })
              : t("not VM {vmId} here", { vmId: vm.vmId })}
        </span>
        <span className="block font-normal text-sm text-muted md:hidden">
          {becomes}
          <br />
          {formatBytes(backup.bytes)}
          <br />
          {t("checksums: {checksums}", { checksums })}
          <br />
          {owner}
        </span>
      </th>
      <Td className={WIDE}>{becomes}</Td>
      <Td>
        {backup.points.length}
        {first === undefined || last === undefined ? null : (
          <span className="text-muted">
            {": "}
            <Time at={first.at} short />
            {first === last ? null : <> {rich("to {time}", { time: <Time at={last.at} short /> })}</>}
          </span>
        )}
        {broken === 0 ? null : (
          <span className="block text-danger">{t("{broken} cannot be relied on", { broken })}</span>
        )}
      </Td>
      <Td className={`text-end whitespace-nowrap ${WIDE}`}>{formatBytes(backup.bytes)}</Td>
      <Td className={WIDE}>{checksums}</Td>
      <Td className={WIDE}>
        <span title={vm.owner.why}>{owner}</span>
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
      <summary className="cursor-pointer font-medium">
        {t("{count, plural, one {1 stored point} other {{shown} stored points}} cannot be used", {
          count: rows.length,
          shown: formatCount(rows.length),
        })}
      </summary>
      <Table caption={t("Stored points that cannot be used")}>
        <thead>
          <tr>
            <Th>{t("Stored as")}</Th>
            <Th>{t("VM")}</Th>
            <Th>{t("Why")}</Th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ vm, backupId, reason }) => (
            <tr key={`${vm.vmId}/${backupId}`}>
              <th scope="row" className="h-(--row) border-b border-line px-3 py-1 text-start font-medium">
                <code className="wrap-anywhere">{backupId}</code>
              </th>
              <Td>{vm.vmName}</Td>
              <Td className="wrap-anywhere">{said(reason)}</Td>
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
        disabledReason={(choices.length === 0 ? t("Choose at least one backup.") : null) ?? staleReason}
        onClick={() => setIsOpen(true)}
      >
        <Download aria-hidden />
        {t("Read in {choicesCount}", { choicesCount: backupCount(choices.length) })}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isSafe
        title={t("Read {choicesCount} into the catalogue?", { choicesCount: backupCount(choices.length) })}
        consequences={[
          t(
            "{points} can be restored again: {bytes}, counted against the quotas of their owners. No stored file is changed.",
            { points: pointCount(points), bytes: formatBytes(bytes) },
          ),
          t("They are marked as not verified until a check has read their files."),
          t(
            "The chains are closed: the next backup of such a VM is a full one. Where a VM is here, its retention counts these points from its next backup on, and may remove the old ones then.",
          ),
        ]}
        confirmLabel={t("Read in")}
        cancelLabel={t("Not now")}
        isBusy={readIn.isPending || readIn.isSuccess}
        error={readIn.error === null ? null : errorMessage(readIn.error)}
        onConfirm={() => readIn.mutate({ datastoreId: plan.datastoreId, backups })}
      />
    </>
  );
}
