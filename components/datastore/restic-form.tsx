"use client";

import { useMutation } from "@tanstack/react-query";
import type { z } from "zod";
import { CreateResticDatastore } from "@/server/domain/datastore";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { CreateForm, type CreateSpec } from "./create-form";
import { STEP_BACK_FIELDS } from "./limit-fields";
import { PLACE_NAMES, PlaceFields } from "./place-fields";

const RESTIC: CreateSpec<z.input<typeof CreateResticDatastore>, CreateResticDatastore> = {
  driver: "restic",
  schema: CreateResticDatastore,
  empty: {
    name: "",
    driver: "restic",
    host: "localhost",
    user: "oneadmin",
    port: 22,
    basePath: null,
    password: "",
    limitMb: null,
    compression: "auto",
    connections: null,
    bandwidth: null,
    processors: null,
    tmpDir: null,
    pruneMaxUnused: null,
    pruneMaxRepack: null,
    nice: null,
    ionice: null,
    maxReadIops: null,
    maxWriteIops: null,
    cpuQuota: null,
    memoryMaxMb: null,
  },
  untested: ["name"],
  leadNames: PLACE_NAMES,
  groups: [
    {
      title: () => t("Encryption"),
      isWide: true,
      fields: [
        {
          name: "password",
          kind: "password",
          isRequired: true,
          label: () => t("Repository password"),
          help: () =>
            t(
              "Encrypts every repository of this datastore. Keep a copy elsewhere: without it the backups cannot be read by anybody. Strata stores it encrypted and does not show it again.",
            ),
        },
      ],
    },
    {
      title: () => t("Limits and options"),
      fields: [
        {
          name: "compression",
          kind: "choice",
          label: () => t("Compression"),
          help: () => t("Maximum takes four times as long for one or two percent less."),
          options: [
            { value: "auto", label: () => t("Automatic") },
            { value: "off", label: () => t("Off") },
            { value: "max", label: () => t("Maximum") },
          ],
        },
        {
          name: "limitMb",
          kind: "number",
          label: () => t("Limit in MiB"),
          help: () => t("The most that backups may use, before compression. Empty: all of the file system."),
        },
        {
          name: "bandwidth",
          kind: "number",
          label: () => t("Bandwidth in KiB/s"),
          help: () => t("Up and down. Empty: no limit."),
        },
        {
          name: "connections",
          kind: "number",
          label: () => t("SFTP connections"),
          help: () => t("At the same time. Empty: 5."),
        },
        {
          name: "pruneMaxUnused",
          kind: "text",
          placeholder: () => "0",
          label: () => t("Unused space that may stay"),
          help: () => t("A size or a share, such as 5%. More makes deleting faster. Empty: none."),
        },
        {
          name: "tmpDir",
          kind: "code",
          placeholder: () => t("/var/tmp"),
          label: () => t("Folder for restores"),
          help: () => t("On this machine. A restore puts the stored files of one disk there first. Empty: /var/tmp."),
        },
        ...STEP_BACK_FIELDS,
      ],
    },
  ],
};

/** Create form of a restic datastore. */
export function ResticForm() {
  const trpc = useTRPC();
  const test = useMutation(trpc.datastore.testRestic.mutationOptions());
  const create = useMutation(trpc.datastore.createRestic.mutationOptions());
  return <CreateForm spec={RESTIC} test={test.mutateAsync} create={create.mutateAsync} lead={<PlaceFields />} />;
}
