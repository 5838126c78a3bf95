"use client";

import { ArrowDown, ArrowUp, X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import type { JobCandidate } from "@/server/domain/job/selection";
import { said } from "../i18n/said";
import { rich, t } from "../i18n/t";
import { announce } from "../lib/announce";
import { Button } from "../ui/button";
import { Checkbox } from "../ui/checkbox";
import { Input } from "../ui/input";
import { moved } from "./job-values";

const SHOWN = 100;

interface VmPickerProps {
  candidates: readonly JobCandidate[];
  /** The job that is edited, null for a new one. */
  jobId: number | null;
  vmIds: readonly number[];
  onChange: (vmIds: number[]) => void;
  needsIncrements: boolean;
}

/** The list of VMs in the order in which they are backed up, beside all that can be added. */
export function VmPicker(props: VmPickerProps) {
  const [search, setSearch] = useState("");
  const { candidates, vmIds, onChange } = props;
  const found = candidates.filter((vm) => `${vm.name} ${vm.id}`.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <div className="min-w-0">
        <label className="font-medium" htmlFor="vm-search">
          {t("Add VMs")}
        </label>
        <Input
          id="vm-search"
          className="mt-1"
          type="search"
          placeholder={t("Name or id")}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <ul className="mt-2 max-h-80 space-y-2 overflow-y-auto rounded-control border border-line p-2" tabIndex={-1}>
          {found.slice(0, SHOWN).map((vm) => (
            <li key={vm.id} data-testid={`candidate-${vm.id}`}>
              <Checkbox
                checked={vmIds.includes(vm.id)}
                label={
                  <>
                    {vm.name} <span className="text-muted">{t("VM {id}", { id: vm.id })}</span>
                  </>
                }
                disabledReason={vmIds.includes(vm.id) ? null : refusal(vm, props.jobId)}
                help={props.needsIncrements ? incrementNote(vm) : undefined}
                onCheckedChange={(isOn) => onChange(isOn ? [...vmIds, vm.id] : vmIds.filter((id) => id !== vm.id))}
              />
            </li>
          ))}
          {found.length === 0 ? <li className="text-muted">{t("No VM of this name.")}</li> : null}
          {found.length > SHOWN ? (
            <li className="text-muted">
              {t("{foundCount} more: search for them.", { foundCount: found.length - SHOWN })}
            </li>
          ) : null}
        </ul>
      </div>
      <ChosenVms {...props} />
    </div>
  );
}

/** Why a VM cannot be put into this job, null when it can. */
function refusal(vm: JobCandidate, jobId: number | null): string | null {
  if (vm.jobId !== null && vm.jobId !== jobId) {
    return t("Already in job {jobName} ({jobId}). A VM is in one job at most: take it out there first.", {
      jobName: vm.jobName ?? vm.jobId,
      jobId: vm.jobId,
    });
  }
  return vm.missingRight === null
    ? null
    : t("You need the {missingRight} right on VM {id}.", { missingRight: vm.missingRight, id: vm.id });
}

function incrementNote(vm: JobCandidate): string | undefined {
  return vm.cannotIncrementReason === null
    ? undefined
    : t("Full backups only: {cannotIncrementReason}", { cannotIncrementReason: said(vm.cannotIncrementReason) });
}

function ChosenVms({ candidates, vmIds, onChange }: VmPickerProps) {
  const nameOf = (id: number) => candidates.find((vm) => vm.id === id)?.name ?? t("VM {id} (does not exist)", { id });
  function move(from: number, to: number) {
    const id = vmIds[from];
    if (id === undefined || to < 0 || to >= vmIds.length) return;
    onChange(moved(vmIds, from, to));
    announce(t("{nameOf} is now {to} of {vmIdsCount}", { nameOf: nameOf(id), to: to + 1, vmIdsCount: vmIds.length }));
    // The row has moved in the document, which takes the focus from it.
    requestAnimationFrame(() => document.getElementById(`chosen-${id}`)?.focus());
  }
  function onKeyDown(event: KeyboardEvent, index: number) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    move(index, event.key === "ArrowUp" ? index - 1 : index + 1);
  }
  return (
    <div className="min-w-0">
      <p className="font-medium" id="chosen-label">
        {t("In this order ({vmIdsCount})", { vmIdsCount: vmIds.length })}
      </p>
      <p className="text-sm text-muted">
        {rich("{kbd} + {kbd2} {kbd3} on a VM moves it.", {
          kbd: <kbd>Alt</kbd>,
          kbd2: <kbd>↑</kbd>,
          kbd3: <kbd>↓</kbd>,
        })}
      </p>
      {vmIds.length === 0 ? <p className="mt-2 text-muted">{t("No VM chosen.")}</p> : null}
      <ol aria-labelledby="chosen-label" className="mt-1 max-h-80 space-y-1 overflow-y-auto" tabIndex={-1}>
        {vmIds.map((id, index) => (
          <li key={id} className="flex items-center gap-1 rounded-control border border-line ps-2">
            <button
              type="button"
              id={`chosen-${id}`}
              data-testid={`chosen-${id}`}
              className="min-h-8 min-w-0 grow rounded text-start wrap-anywhere"
              aria-label={t("{nameOf}, {index} of {vmIdsCount}. Alt and an arrow key move it.", {
                nameOf: nameOf(id),
                index: index + 1,
                vmIdsCount: vmIds.length,
              })}
              onKeyDown={(event) => onKeyDown(event, index)}
            >
              <span className="text-muted">{index + 1}.</span> {nameOf(id)}
            </button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={t("Move {nameOf} up", { nameOf: nameOf(id) })}
              disabledReason={index === 0 ? t("It is the first.") : null}
              onClick={() => move(index, index - 1)}
            >
              <ArrowUp aria-hidden />
            </Button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={t("Move {nameOf} down", { nameOf: nameOf(id) })}
              disabledReason={index === vmIds.length - 1 ? t("It is the last.") : null}
              onClick={() => move(index, index + 1)}
            >
              <ArrowDown aria-hidden />
            </Button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={t("Take {nameOf} out", { nameOf: nameOf(id) })}
              onClick={() => onChange(vmIds.filter((one) => one !== id))}
            >
              <X aria-hidden />
            </Button>
          </li>
        ))}
      </ol>
    </div>
  );
}
