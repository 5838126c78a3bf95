"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { t } from "@/components/i18n/t";
import { useTRPC } from "@/components/trpc/client";
import type { BulkWork } from "@/server/domain/vm";
import { useZone } from "../hooks/use-zone";
import { zoneName } from "../lib/format";
import { timeInZone } from "../timeline/zone-offset";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { RadioCards } from "../ui/radio-cards";
import { Select } from "../ui/select";
import { labelsIn, rpoMinutesIn } from "./bulk-values";

/** The work that the fields ask for; null while something is missing. */
interface FieldsProps {
  onChange: (work: BulkWork | null) => void;
}

/** What has to be said before many VMs are changed. */
export function BulkFields({ what, ...rest }: FieldsProps & { what: BulkWork["what"] }) {
  switch (what) {
    case "backup":
      return <StoreField {...rest} />;
    case "job":
      return <JobField {...rest} />;
    case "rpo":
      return <RpoFields {...rest} />;
    case "labels":
      return <LabelFields {...rest} />;
    case "leave-out":
      return <LeaveOutFields {...rest} />;
  }
}

function StoreField({ onChange }: FieldsProps) {
  const { data } = useQuery(useTRPC().datastore.list.queryOptions({ type: "BACKUP" }));
  return (
    <TargetField
      label={t("Where a backup goes that begins a chain")}
      options={data ?? []}
      onChange={(datastoreId) => onChange(datastoreId === null ? null : { what: "backup", datastoreId })}
    />
  );
}

function JobField({ onChange }: FieldsProps) {
  const { data } = useQuery(useTRPC().job.list.queryOptions({ limit: 200, sort: "name" }));
  return (
    <TargetField
      label={t("Backup job")}
      options={data?.rows ?? []}
      onChange={(jobId) => onChange(jobId === null ? null : { what: "job", jobId })}
    />
  );
}

function TargetField({
  label,
  options,
  onChange,
}: {
  label: string;
  options: readonly { id: number; name: string }[];
  onChange: (id: number | null) => void;
}) {
  return (
    <Field label={label}>
      {(control) => (
        <Select
          {...control}
          defaultValue=""
          onChange={(event) => onChange(event.target.value === "" ? null : Number(event.target.value))}
        >
          <option value="">{t("Choose …")}</option>
          {options.map((option) => (
            <option key={option.id} value={option.id}>
              {option.name}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}

function RpoFields({ onChange }: FieldsProps) {
  const [text, setText] = useState("");
  const [from, setFrom] = useState<"own" | "job">("own");
  const minutes = rpoMinutesIn(text);
  const tell = (next: "own" | "job", written: string) => {
    const rpoMinutes = next === "job" ? null : rpoMinutesIn(written);
    onChange(next === "own" && rpoMinutes === null ? null : { what: "rpo", rpoMinutes });
  };
  return (
    <>
      <RadioCards
        legend={t("How old the newest good backup may be")}
        value={from}
        onValueChange={(next) => {
          setFrom(next);
          tell(next, text);
        }}
        options={[
          { value: "own", label: t("A target of their own"), help: t("It goes before that of their job.") },
          { value: "job", label: t("That of their job"), help: t("Without one it is 26 hours.") },
        ]}
      />
      {from === "job" ? null : (
        <Field
          label={t("Hours")}
          error={text !== "" && minutes === null ? t("Give 0.1 to 8760 hours.") : undefined}
          className="mt-3 max-w-40"
        >
          {(control) => (
            <Input
              {...control}
              inputMode="decimal"
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                tell(from, event.target.value);
              }}
            />
          )}
        </Field>
      )}
    </>
  );
}

function LabelFields({ onChange }: FieldsProps) {
  const [added, setAdded] = useState("");
  const [removed, setRemoved] = useState("");
  const tell = (toAdd: string, toRemove: string) => {
    const [add, remove] = [labelsIn(toAdd), labelsIn(toRemove)];
    onChange(add.length + remove.length === 0 ? null : { what: "labels", add, remove });
  };
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label={t("Add")} help={t("Several with commas between them.")}>
        {(control) => (
          <Input
            {...control}
            maxLength={400}
            value={added}
            onChange={(event) => {
              setAdded(event.target.value);
              tell(event.target.value, removed);
            }}
          />
        )}
      </Field>
      <Field label={t("Take away")} help={t("VMs without such a label stay as they are.")}>
        {(control) => (
          <Input
            {...control}
            maxLength={400}
            value={removed}
            onChange={(event) => {
              setRemoved(event.target.value);
              tell(added, event.target.value);
            }}
          />
        )}
      </Field>
    </div>
  );
}

function LeaveOutFields({ onChange }: FieldsProps) {
  const { zone } = useZone();
  const [how, setHow] = useState<"out" | "in">("out");
  const [reason, setReason] = useState("");
  const [end, setEnd] = useState("");
  const until = timeInZone(end, zone);
  const tell = (next: { how?: "out" | "in"; reason?: string; end?: string }) => {
    const now = { how, reason, end, ...next };
    const at = now.end === "" ? null : timeInZone(now.end, zone);
    if (now.how === "in") onChange({ what: "leave-out", leftOut: null });
    else if (now.reason.trim().length < 3 || Number.isNaN(at)) onChange(null);
    else onChange({ what: "leave-out", leftOut: { reason: now.reason.trim(), until: at } });
  };
  return (
    <>
      <RadioCards
        legend={t("Backups of jobs")}
        value={how}
        onValueChange={(next) => {
          setHow(next);
          tell({ how: next });
        }}
        options={[
          {
            value: "out",
            label: t("Leave them out"),
            help: t("Jobs pass them over, and they do not count as late or failing. Their points stay."),
          },
          { value: "in", label: t("Take them back in"), help: t("The next run of their job backs them up again.") },
        ]}
      />
      {how === "in" ? null : (
        <div className="mt-3 grid gap-3">
          <Field label={t("Why")} isRequired help={t("Shown beside the VM, and in reports.")}>
            {(control) => (
              <Input
                {...control}
                maxLength={500}
                value={reason}
                onChange={(event) => {
                  setReason(event.target.value);
                  tell({ reason: event.target.value });
                }}
              />
            )}
          </Field>
          <Field
            label={t("Until, {zone}", { zone: Number.isNaN(until) ? zone : zoneName(zone, until) })}
            help={t("Empty: until somebody takes them back in.")}
          >
            {(control) => (
              <Input
                {...control}
                type="datetime-local"
                className="w-56"
                value={end}
                onChange={(event) => {
                  setEnd(event.target.value);
                  tell({ end: event.target.value });
                }}
              />
            )}
          </Field>
        </div>
      )}
    </>
  );
}
