"use client";

import { ChevronLeft } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { FilesVolume } from "@/server/domain/files";
import { useSettled } from "../hooks/use-settled";
import { said } from "../i18n/said";
import { t } from "../i18n/t";
import { formatBytes } from "../lib/format";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { RadioCards } from "../ui/radio-cards";
import { FolderDownload } from "./download-link";
import { FolderListing } from "./folder-listing";
import { SearchListing } from "./search-listing";

/** A folder on the way down from the top of a volume. */
interface Step {
  address: string;
  name: string;
}

/** The volumes of an open point, and the folder that is looked at. Backspace goes up. */
export function VolumeBrowser({ sessionId, volumes }: { sessionId: number; volumes: FilesVolume[] }) {
  const readable = volumes.find((each) => each.problem === null);
  const [volumeId, setVolumeId] = useState(readable?.id ?? volumes[0]?.id ?? 0);
  const [steps, setSteps] = useState<Step[]>([]);
  const [search, setSearch] = useState("");
  const text = useSettled(search.trim());
  const heading = useRef<HTMLHeadingElement>(null);
  const volume = volumes.find((each) => each.id === volumeId);
  const folder = steps.at(-1)?.address ?? "";
  const isMoved = useRef(false);

  // The row that had the focus has gone with its folder.
  // biome-ignore lint/correctness/useExhaustiveDependencies: after each move, and only then.
  useEffect(() => {
    if (isMoved.current) heading.current?.focus();
  }, [steps]);

  function go(next: Step[]) {
    isMoved.current = true;
    setSearch("");
    setSteps(next);
  }

  const at = { sessionId, volume: volumeId, folder };
  return (
    <div className="space-y-4">
      <RadioCards
        legend={t("Volume")}
        columns={2}
        value={String(volumeId)}
        onValueChange={(value) => {
          setVolumeId(Number(value));
          setSteps([]);
          setSearch("");
        }}
        options={volumes.map((each) => ({
          value: String(each.id),
          label: t("Disk {diskId}, {place}", { diskId: each.diskId, place: each.place.toLowerCase() }),
          help: [each.fileSystem ?? "unknown", each.label, formatBytes(each.bytes)]
            .filter((word) => word !== "")
            .join(" · "),
        }))}
      />
      {volume === undefined || volume.problem !== null ? (
        <p data-testid="volume-problem">{said(volume?.problem ?? "")}</p>
      ) : (
        // biome-ignore lint/a11y/noStaticElementInteractions: Backspace is an addition to the buttons above the list.
        <div
          onKeyDown={(event) => {
            if (event.key !== "Backspace" || event.target instanceof HTMLInputElement || steps.length === 0) return;
            event.preventDefault();
            go(steps.slice(0, -1));
          }}
          className="space-y-3"
        >
          <h2 ref={heading} tabIndex={-1} className="text-md font-semibold wrap-anywhere">
            {steps.at(-1)?.name ?? t("Top folder")}
          </h2>
          <nav aria-label={t("Folders")} className="flex flex-wrap items-center gap-1">
            {steps.length > 0 && (
              <Button size="sm" onClick={() => go(steps.slice(0, -1))}>
                <ChevronLeft aria-hidden /> {t("Up")}
              </Button>
            )}
            <Button size="sm" variant="ghost" onClick={() => go([])}>
              {t("Top folder")}
            </Button>
            {steps.map((step, index) => (
              <Button
                key={step.address}
                size="sm"
                variant="ghost"
                className="max-w-60"
                aria-current={index === steps.length - 1 ? "location" : undefined}
                onClick={() => go(steps.slice(0, index + 1))}
              >
                <span className="truncate">/ {step.name}</span>
              </Button>
            ))}
          </nav>
          <div className="flex flex-wrap items-end gap-3">
            <Field label={t("Find in this folder and below")} className="max-w-md grow">
              {(control) => (
                <Input
                  {...control}
                  type="search"
                  maxLength={100}
                  placeholder={t("Part of a name")}
                  value={search}
                  onChange={(event) => setSearch(event.target.value)}
                  data-testid="files-search"
                />
              )}
            </Field>
            <FolderDownload {...at} />
          </div>
          <p className="text-sm text-muted">
            {t(
              "A zip opens everywhere; a tar keeps the numbers of the owners too. Links and special files are left out of both: a list at the end names them. What a running machine had not written to its disk yet is not here.",
            )}
          </p>
          {text === "" ? (
            <FolderListing
              key={`${volumeId}/${folder}`}
              at={at}
              onOpen={(entry) => go([...steps, { address: entry.address, name: entry.name }])}
            />
          ) : (
            <SearchListing
              at={at}
              text={text}
              onOpen={(found) => go([...steps, { address: found.address, name: found.name }])}
            />
          )}
        </div>
      )}
    </div>
  );
}
