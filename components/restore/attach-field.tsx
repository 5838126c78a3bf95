"use client";

import { useQuery } from "@tanstack/react-query";
import { t } from "@/components/i18n/t";
import { useTRPC } from "@/components/trpc/client";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import type { Wizard } from "./use-wizard";

/** Which machine gets the copy of the disk. */
export function AttachField({ wizard }: { wizard: Wizard }) {
  const trpc = useTRPC();
  const { draft } = wizard;
  const vms = useQuery(trpc.vm.list.queryOptions({ limit: 200 }));
  const rows = vms.data?.rows ?? [];
  const chosen = draft.attach ?? draft.vm;
  const isKnown = rows.some((vm) => vm.id === chosen);
  return (
    <Field
      label={t("Machine that gets the disk")}
      help={t("It takes the first free device name, such as vdb. The copy is made of the new image.")}
      error={vms.isSuccess && !isKnown ? t("That machine no longer exists. Choose another.") : undefined}
    >
      {(control) => (
        <Select
          {...control}
          value={isKnown ? String(chosen) : ""}
          onChange={(event) => wizard.update({ attach: Number(event.target.value) })}
          data-testid="restore-attach-vm"
        >
          {!isKnown && <option value="">{vms.isLoading ? t("Loading…") : t("Choose…")}</option>}
          {rows.map((vm) => (
            <option key={vm.id} value={vm.id}>
              {t("{name} (VM {id}, {state})", { name: vm.name, id: vm.id, state: vm.state.toLowerCase() })}
            </option>
          ))}
        </Select>
      )}
    </Field>
  );
}
