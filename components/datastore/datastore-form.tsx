"use client";

import { useState } from "react";
import type { TestedDriver } from "@/server/domain/datastore";
import { t } from "../i18n/t";
import { Card } from "../ui/card";
import { RadioCards } from "../ui/radio-cards";
import { CephForm } from "./ceph-form";
import { ResticForm } from "./restic-form";
import { RsyncForm } from "./rsync-form";

const DRIVERS = [
  {
    value: "rsync",
    get label() {
      return t("Plain files (rsync)");
    },
    get help() {
      return t(
        "One qcow2 file a disk and point. Fast, readable with any tool, and the quickest to restore. Takes the space that the points take.",
      );
    },
  },
  {
    value: "restic",
    get label() {
      return t("Encrypted repository (restic)");
    },
    get help() {
      return t(
        "Compressed, encrypted and deduplicated. For storage that others can read, and for many full backups. Slower, and useless without its password.",
      );
    },
  },
  {
    value: "ceph",
    get label() {
      return t("Ceph pool");
    },
    get help() {
      return t(
        "Not for backups: for the disks of VMs, and for images that restores make. Such VMs are backed up to one of the other two.",
      );
    },
  },
] as const;

/** Create form of a datastore: the driver first, then the fields of that driver. */
export function DatastoreForm({ initialDriver }: { initialDriver: TestedDriver }) {
  const [driver, setDriver] = useState<TestedDriver>(initialDriver);
  return (
    <div className="grid max-w-3xl gap-4">
      <Card title={t("Driver")}>
        <RadioCards
          legend={t("What it is")}
          isLegendHidden
          columns={3}
          value={driver}
          onValueChange={setDriver}
          options={DRIVERS}
        />
      </Card>
      {driver === "rsync" ? <RsyncForm /> : driver === "restic" ? <ResticForm /> : <CephForm />}
    </div>
  );
}
