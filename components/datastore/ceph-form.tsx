"use client";

import { useMutation } from "@tanstack/react-query";
import { useFormContext } from "react-hook-form";
import type { z } from "zod";
import { CreateCephDatastore } from "@/server/domain/ceph";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { Card } from "../ui/card";
import { RadioCards } from "../ui/radio-cards";
import { CreateForm, type CreateSpec } from "./create-form";
import { FieldGrid, type FieldGroup } from "./spec-fields";

type CephInput = z.input<typeof CreateCephDatastore>;

const NAME: FieldGroup<CephInput>["fields"] = [
  {
    name: "name",
    kind: "text",
    isRequired: true,
    label: () => t("Name"),
    help: () => t("Shown wherever a datastore is chosen."),
  },
];
const POOL: FieldGroup<CephInput>["fields"] = [
  {
    name: "pool",
    kind: "code",
    isRequired: true,
    label: () => t("Pool name"),
    help: () => t("It must be there, with the application rbd. The two kinds may share one pool."),
  },
  {
    name: "dataPool",
    kind: "code",
    label: () => t("Pool for data"),
    help: () => t("An erasure-coded pool for the data of new images. Empty: the same pool."),
  },
  {
    name: "bridgeList",
    kind: "code",
    label: () => t("Machines that run rbd"),
    help: () => t("For images: hosts with the program rbd, separated by blanks. Empty: this machine."),
  },
];

const CEPH: CreateSpec<CephInput, CreateCephDatastore> = {
  driver: "ceph",
  schema: CreateCephDatastore,
  empty: {
    name: "",
    type: "SYSTEM",
    pool: "",
    user: null,
    confPath: null,
    monitors: null,
    secretUuid: null,
    dataPool: null,
    bridgeList: null,
  },
  // Nor what the pool is for.
  untested: ["name", "type"],
  leadNames: [...NAME, ...POOL].map((field) => field.name),
  groups: [
    {
      title: () => t("Signing in"),
      fields: [
        {
          name: "user",
          kind: "code",
          label: () => t("Ceph user"),
          help: () =>
            t(
              "Without client. in front, for example libvirt. Its keyring is on every machine that uses the pool. Empty: admin.",
            ),
        },
        {
          name: "confPath",
          kind: "code",
          placeholder: () => t("/etc/ceph/ceph.conf"),
          label: () => t("Configuration file"),
          help: () => t("The same path on this machine and on every host. Empty: /etc/ceph/ceph.conf."),
        },
        {
          name: "monitors",
          kind: "code",
          placeholder: () => t("mon1 mon2 mon3"),
          label: () => t("Monitors"),
          help: () => t("For libvirt, separated by blanks. Empty: those of the configuration file."),
        },
        {
          name: "secretUuid",
          kind: "code",
          label: () => t("libvirt secret"),
          help: () =>
            t("UUID under which libvirt on each host keeps the key of that user. The key itself is not stored here."),
        },
      ],
    },
  ],
};

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

/** Create form of a datastore in Ceph. */
export function CephForm() {
  const trpc = useTRPC();
  const test = useMutation(trpc.datastore.testCeph.mutationOptions());
  const create = useMutation(trpc.datastore.createCeph.mutationOptions());
  return <CreateForm spec={CEPH} test={test.mutateAsync} create={create.mutateAsync} lead={<PoolCard />} />;
}

function PoolCard() {
  const form = useFormContext<CephInput>();
  return (
    <Card title={t("Pool")}>
      <div className="grid gap-4">
        <FieldGrid fields={NAME} isWide />
        <RadioCards
          legend={t("What it holds")}
          columns={2}
          value={form.watch("type")}
          onValueChange={(type) => form.setValue("type", type)}
          options={TYPES}
        />
        <FieldGrid fields={POOL} />
      </div>
    </Card>
  );
}
