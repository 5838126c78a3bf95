"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { CreateNetwork } from "@/server/domain/network";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Field } from "../ui/field";
import { FormDialog } from "../ui/form-dialog";
import { Input } from "../ui/input";

interface CreateNetworkDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
}

const EMPTY = { name: "", bridge: "", ip: "", size: "" };
type FieldName = keyof typeof EMPTY;

/** A network with its first range of addresses. */
export function CreateNetworkDialog({ isOpen, onOpenChange }: CreateNetworkDialogProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [values, setValues] = useState(EMPTY);
  const [errors, setErrors] = useState<Partial<Record<FieldName, string>>>({});
  const create = useMutation(
    trpc.network.create.mutationOptions({
      onSuccess: async (_made, input) => {
        toast.success(t("Network {name} added", { name: input.name }));
        setValues(EMPTY);
        onOpenChange(false);
        await queryClient.invalidateQueries(trpc.network.pathFilter());
      },
    }),
  );

  function submit() {
    const parsed = CreateNetwork.safeParse(toInput(values));
    if (parsed.success) {
      setErrors({});
      return create.mutate(parsed.data);
    }
    setErrors(
      Object.fromEntries(parsed.error.issues.map((issue) => [String(issue.path.at(-1)), issue.message] as const)),
    );
  }

  const text = (field: FieldName, label: string, help: string, isRequired = false) => (
    <Field label={label} help={help} error={errors[field]} isRequired={isRequired}>
      {(control) => (
        <Input
          {...control}
          value={values[field]}
          onChange={(event) => setValues({ ...values, [field]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <FormDialog
      isOpen={isOpen}
      title={t("Add a virtual network")}
      submitLabel={t("Add network")}
      isBusy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onClose={() => onOpenChange(false)}
    >
      {text("name", t("Name"), t("VMs and backups name it in their NICs."), true)}
      {text("bridge", t("Bridge on the hosts"), t("An interface like br0. May stay empty while no VM runs."))}
      {text("ip", t("First address"), t("IPv4, for instance 192.0.2.10. Empty: the network has no addresses yet."))}
      {text("size", t("Number of addresses"), t("How many follow each other, the first one counted."))}
    </FormDialog>
  );
}

function toInput({ name, bridge, ip, size }: typeof EMPTY) {
  const isEmpty = ip.trim() === "" && size.trim() === "";
  const range = { type: "IP4", ip: ip.trim() === "" ? null : ip.trim(), mac: null, size: Number(size) };
  return { name: name.trim(), bridge: bridge.trim(), vnMad: "bridge", ranges: isEmpty ? [] : [range] };
}
