"use client";

import { ArrowDown, ArrowUp, X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import type { JobCandidate } from "@/server/domain/job/selection";
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
          Add VMs
        </label>
        <Input
          id="vm-search"
          className="mt-1"
          type="search"
          placeholder="Name or id"
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
                    {vm.name} <span className="text-muted">VM {vm.id}</span>
                  </>
                }
                disabledReason={vmIds.includes(vm.id) ? null : refusal(vm, props.jobId)}
                help={props.needsIncrements ? incrementNote(vm) : undefined}
                onCheckedChange={(isOn) => onChange(isOn ? [...vmIds, vm.id] : vmIds.filter((id) => id !== vm.id))}
              />
            </li>
          ))}
          {found.length === 0 ? <li className="text-muted">No VM of this name.</li> : null}
          {found.length > SHOWN ? <li className="text-muted">{found.length - SHOWN} more: search for them.</li> : null}
        </ul>
      </div>
      <ChosenVms {...props} />
    </div>
  );
}

/** Why a VM cannot be put into this job, null when it can. */
function refusal(vm: JobCandidate, jobId: number | null): string | null {
  if (vm.jobId !== null && vm.jobId !== jobId) {
    return `Already in job ${vm.jobName ?? vm.jobId} (${vm.jobId}). A VM is in one job at most: take it out there first.`;
  }
  return vm.missingRight === null ? null : `You need the ${vm.missingRight} right on VM ${vm.id}.`;
}

function incrementNote(vm: JobCandidate): string | undefined {
  return vm.cannotIncrementReason === null ? undefined : `Full backups only: ${vm.cannotIncrementReason}`;
}

function ChosenVms({ candidates, vmIds, onChange }: VmPickerProps) {
  const nameOf = (id: number) => candidates.find((vm) => vm.id === id)?.name ?? `VM ${id} (does not exist)`;
  function move(from: number, to: number) {
    const id = vmIds[from];
    if (id === undefined || to < 0 || to >= vmIds.length) return;
    onChange(moved(vmIds, from, to));
    announce(`${nameOf(id)} is now ${to + 1} of ${vmIds.length}`);
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
        In this order ({vmIds.length})
      </p>
      <p className="text-sm text-muted">
        <kbd>Alt</kbd> + <kbd>↑</kbd> <kbd>↓</kbd> on a VM moves it.
      </p>
      {vmIds.length === 0 ? <p className="mt-2 text-muted">No VM chosen.</p> : null}
      <ol aria-labelledby="chosen-label" className="mt-1 max-h-80 space-y-1 overflow-y-auto" tabIndex={-1}>
        {vmIds.map((id, index) => (
          <li key={id} className="flex items-center gap-1 rounded-control border border-line ps-2">
            <button
              type="button"
              id={`chosen-${id}`}
              data-testid={`chosen-${id}`}
              className="min-h-8 min-w-0 grow rounded text-start wrap-anywhere"
              aria-label={`${nameOf(id)}, ${index + 1} of ${vmIds.length}. Alt and an arrow key move it.`}
              onKeyDown={(event) => onKeyDown(event, index)}
            >
              <span className="text-muted">{index + 1}.</span> {nameOf(id)}
            </button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={`Move ${nameOf(id)} up`}
              disabledReason={index === 0 ? "It is the first." : null}
              onClick={() => move(index, index - 1)}
            >
              <ArrowUp aria-hidden />
            </Button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={`Move ${nameOf(id)} down`}
              disabledReason={index === vmIds.length - 1 ? "It is the last." : null}
              onClick={() => move(index, index + 1)}
            >
              <ArrowDown aria-hidden />
            </Button>
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label={`Take ${nameOf(id)} out`}
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
