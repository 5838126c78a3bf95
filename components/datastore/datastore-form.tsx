"use client";

import { useState } from "react";
import type { BackupDriver } from "@/server/domain/datastore";
import { Card } from "../ui/card";
import { RadioCards } from "../ui/radio-cards";
import { ResticForm } from "./restic-form";
import { RsyncForm } from "./rsync-form";

const DRIVERS = [
  {
    value: "rsync",
    label: "Plain files (rsync)",
    help: "One qcow2 file a disk and point. Fast, readable with any tool, and the quickest to restore. Takes the space that the points take.",
  },
  {
    value: "restic",
    label: "Encrypted repository (restic)",
    help: "Compressed, encrypted and deduplicated. For storage that others can read, and for many full backups. Slower, and useless without its password.",
  },
] as const;

/** Create form of a backup datastore: the driver first, then the fields of that driver. */
export function DatastoreForm() {
  const [driver, setDriver] = useState<BackupDriver>("rsync");
  return (
    <div className="grid max-w-3xl gap-4">
      <Card title="Driver">
        <RadioCards
          legend="How backups are stored"
          isLegendHidden
          columns={2}
          value={driver}
          onValueChange={setDriver}
          options={DRIVERS}
        />
      </Card>
      {driver === "rsync" ? <RsyncForm /> : <ResticForm />}
    </div>
  );
}
