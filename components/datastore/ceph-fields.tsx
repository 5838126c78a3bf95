"use client";

import { useFormContext } from "react-hook-form";
import { t } from "../i18n/t";
import { Card } from "../ui/card";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { RadioCards } from "../ui/radio-cards";
import type { CephInput } from "./ceph-form";
import { textOrNull } from "./field-values";

const TYPES = [
  {
    value: "SYSTEM",
    get label() {
      return t("Disks of VMs");
    },
    get help() {
      return t("VMs whose disks are in the pool, and VMs that a restore makes there.");
    },
  },
  {
    value: "IMAGE",
    get label() {
      return t("Images");
    },
    get help() {
      return t("Restored disks become images in the pool, which such VMs use.");
    },
  },
] as const;

/** Every field of a datastore in Ceph. */
export function CephFields() {
  return (
    <>
      <PoolCard />
      <Card title={t("Signing in")}>
        <div className="grid gap-4 sm:grid-cols-2">
          <TextField
            name="user"
            label={t("Ceph user")}
            help={t(
              "Without client. in front, for example libvirt. Its keyring is on every machine that uses the pool. Empty: admin.",
            )}
          />
          <TextField
            name="confPath"
            label={t("Configuration file")}
            placeholder={t("/etc/ceph/ceph.conf")}
            help={t("The same path on this machine and on every host. Empty: /etc/ceph/ceph.conf.")}
          />
          <TextField
            name="monitors"
            label={t("Monitors")}
            placeholder={t("mon1 mon2 mon3")}
            help={t("For libvirt, separated by blanks. Empty: those of the configuration file.")}
          />
          <TextField
            name="secretUuid"
            label={t("libvirt secret")}
            help={t(
              "UUID under which libvirt on each host keeps the key of that user. The key itself is not stored here.",
            )}
          />
        </div>
      </Card>
    </>
  );
}

function PoolCard() {
  const form = useFormContext<CephInput>();
  const { errors } = form.formState;
  return (
    <Card title={t("Pool")}>
      <div className="grid gap-4">
        <Field
          label={t("Name")}
          error={errors.name?.message}
          isRequired
          help={t("Shown wherever a datastore is chosen.")}
        >
          {(control) => <Input {...control} {...form.register("name")} autoComplete="off" />}
        </Field>
        <RadioCards
          legend={t("What it holds")}
          columns={2}
          value={form.watch("type")}
          onValueChange={(type) => form.setValue("type", type)}
          options={TYPES}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Field
            label={t("Pool name")}
            error={errors.pool?.message}
            isRequired
            help={t("It must be there, with the application rbd. The two kinds may share one pool.")}
          >
            {(control) => (
              <Input
                {...control}
                {...form.register("pool")}
                autoComplete="off"
                spellCheck={false}
                className="font-mono"
              />
            )}
          </Field>
          <TextField
            name="dataPool"
            label={t("Pool for data")}
            help={t("An erasure-coded pool for the data of new images. Empty: the same pool.")}
          />
          <TextField
            name="bridgeList"
            label={t("Machines that run rbd")}
            help={t("For images: hosts with the program rbd, separated by blanks. Empty: this machine.")}
          />
        </div>
      </div>
    </Card>
  );
}

interface TextFieldProps {
  name: "user" | "confPath" | "monitors" | "secretUuid" | "dataPool" | "bridgeList";
  label: string;
  help: string;
  placeholder?: string;
}

function TextField({ name, label, help, placeholder }: TextFieldProps) {
  const form = useFormContext<CephInput>();
  return (
    <Field label={label} error={form.formState.errors[name]?.message} help={help}>
      {(control) => (
        <Input
          {...control}
          {...form.register(name, { setValueAs: textOrNull })}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          className="font-mono"
        />
      )}
    </Field>
  );
}
