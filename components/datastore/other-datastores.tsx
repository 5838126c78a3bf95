"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { t, words } from "../i18n/t";
import { HealthBadge } from "../state-badge";
import { useTRPC } from "../trpc/client";
import { Card } from "../ui/card";
import { Table, Td, Th } from "../ui/table";
import { DatastoreCapacity } from "./datastore-capacity";

const TYPE_WORDS = words({ IMAGE: "Images", SYSTEM: "Running VMs", FILE: "Files", BACKUP: "Backups" });

/** Where restores write to: image and system datastores. */
export function OtherDatastores() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.datastore.list.queryOptions({}));
  const rows = (data ?? []).filter((row) => row.type !== "BACKUP");
  if (rows.length === 0) return null;
  return (
    <Card title={t("Where restores write to")} isFlush>
      <Table caption={t("Image and system datastores")}>
        <thead>
          <tr>
            <Th>{t("Name")}</Th>
            <Th>{t("Holds")}</Th>
            <Th>{t("State")}</Th>
            <Th>{t("Capacity")}</Th>
            <Th>{t("Place")}</Th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <Th scope="row" className="text-base text-text">
                <Link href={`/datastores/${row.id}`} className="text-primary hover:underline">
                  {row.name}
                </Link>{" "}
                <span className="font-normal text-muted">#{row.id}</span>
              </Th>
              <Td>{TYPE_WORDS[row.type]}</Td>
              <Td>
                <HealthBadge health={row.health} />
              </Td>
              <Td className="min-w-52 py-2">
                <DatastoreCapacity datastore={row} />
              </Td>
              <Td className="min-w-48 font-mono text-sm wrap-anywhere">{row.location}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
