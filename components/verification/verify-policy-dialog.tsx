"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import type { DatastoreDetail } from "@/server/domain/datastore";
import { VerifyPolicy } from "@/server/domain/verify-policy";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { WindowFields } from "../schedule/window-fields";
import { useTRPC } from "../trpc/client";
import { Checkbox } from "../ui/checkbox";
import { Field } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";

type NumberName = "everyDays" | "atOnce" | "budgetGib";

/** When the backups of a datastore are read again by themselves. */
export function VerifyPolicyDialog(props: {
  datastore: DatastoreDetail;
  policy: VerifyPolicy | null;
  onClose: () => void;
}) {
  const { datastore, policy, onClose } = props;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { zones } = useZone();
  const [isOn, setIsOn] = useState(true);
  const [numbers, setNumbers] = useState<Record<NumberName, string>>({
    everyDays: String(policy?.everyDays ?? 30),
    atOnce: String(policy?.atOnce ?? 1),
    budgetGib: String(policy?.budgetGib ?? ""),
  });
  const [hours, setHours] = useState(
    policy?.window ?? { days: [0, 1, 2, 3, 4, 5, 6], from: "08:00", to: "18:00", zone: zones.server },
  );
  const [errors, setErrors] = useState<Partial<Record<string, string>>>({});
  const save = useMutation(
    trpc.verification.setPolicy.mutationOptions({
      onSuccess: async () => {
        toast.success(isOn ? t("Scheduled verification saved") : t("Scheduled verification is off"));
        onClose();
        await queryClient.invalidateQueries(trpc.verification.pathFilter());
      },
    }),
  );
  function submit() {
    if (!isOn) return save.mutate({ datastoreId: datastore.id, policy: null });
    const { everyDays, atOnce, budgetGib } = numbers;
    const parsed = VerifyPolicy.safeParse({
      everyDays: Number(everyDays),
      atOnce: Number(atOnce),
      budgetGib: budgetGib.trim() === "" ? null : Number(budgetGib),
      window: hours,
    });
    const issues = parsed.success ? [] : parsed.error.issues.toReversed(); // the first of a field is shown
    setErrors(Object.fromEntries(issues.map((issue) => [String(issue.path[0]), issue.message] as const)));
    if (parsed.success) save.mutate({ datastoreId: datastore.id, policy: parsed.data });
  }
  const number = (name: NumberName, label: string, help: string) => (
    <Field label={label} help={help} error={errors[name]}>
      {(control) => (
        <Input
          {...control}
          inputMode="numeric"
          value={numbers[name]}
          onChange={(event) => setNumbers({ ...numbers, [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <FormDialog
      title={t("Scheduled verification of {name}", { name: datastore.name })}
      description={t(
        "Every stored file of a backup is read again and compared with its checksum. Backups and restores come first: no check begins while one waits or runs there.",
      )}
      submitLabel={t("Save")}
      isBusy={save.isPending}
      error={save.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Checkbox checked={isOn} onCheckedChange={setIsOn} label={t("Verify by itself")} />
      {isOn ? (
        <>
          {number(
            "everyDays",
            t("Days until a backup is checked again"),
            t("The backups with the newest points go first."),
          )}
          <WindowFields
            legend={t("Checks begin on")}
            value={hours}
            onChange={(part) => setHours({ ...hours, ...part })}
          />
          {errors["window"] === undefined ? null : <p className="text-danger">{errors["window"]}</p>}
          {number("atOnce", t("At a time"), "1 to 8.")}
          {number("budgetGib", t("GiB read in 24 hours"), t("Empty: no limit."))}
        </>
      ) : null}
    </FormDialog>
  );
}
