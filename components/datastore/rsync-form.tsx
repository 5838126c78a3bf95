"use client";

import { useMutation } from "@tanstack/react-query";
import type { z } from "zod";
import { CreateRsyncDatastore } from "@/server/domain/datastore";
import { t } from "../i18n/t";
import { useTRPC } from "../trpc/client";
import { CreateForm, type CreateSpec } from "./create-form";
import { PLACE_NAMES, PlaceFields } from "./place-fields";

const RSYNC: CreateSpec<z.input<typeof CreateRsyncDatastore>, CreateRsyncDatastore> = {
  driver: "rsync",
  schema: CreateRsyncDatastore,
  empty: {
    name: "",
    driver: "rsync",
    host: "localhost",
    user: "oneadmin",
    port: 22,
    basePath: null,
    limitMb: null,
    rsyncArgs: null,
  },
  untested: ["name"],
  leadNames: PLACE_NAMES,
  groups: [
    {
      title: () => t("Limits and options"),
      fields: [
        {
          name: "limitMb",
          kind: "number",
          label: () => t("Limit in MiB"),
          help: () => t("The most that backups may use. Empty: all of the file system."),
        },
        {
          name: "rsyncArgs",
          kind: "code",
          label: () => t("Extra rsync arguments"),
          help: () => t("Given to rsync as they are, for example --bwlimit=50m."),
        },
      ],
    },
  ],
};

/** Create form of an rsync datastore. */
export function RsyncForm() {
  const trpc = useTRPC();
  const test = useMutation(trpc.datastore.testRsync.mutationOptions());
  const create = useMutation(trpc.datastore.createRsync.mutationOptions());
  return <CreateForm spec={RSYNC} test={test.mutateAsync} create={create.mutateAsync} lead={<PlaceFields />} />;
}
