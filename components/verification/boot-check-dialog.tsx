"use client";

import { useQuery } from "@tanstack/react-query";
import { Image as ImageIcon } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Skeleton } from "../ui/skeleton";
import { Time } from "../ui/time";
import { BootBadge } from "./boot-badge";
import { drillText } from "./drill-text";

/** What the last boot check of a point saw: verdict, picture, console. */
export function BootCheckDialog({ imageId, incrementId }: { imageId: number; incrementId: number }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button size="sm" onClick={() => setIsOpen(true)} data-testid="boot-check-show">
        <ImageIcon aria-hidden />
        {t("Show what was seen")}
      </Button>
      <Dialog
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        title={t("Boot check of increment {incrementId} of backup {imageId}", { incrementId, imageId })}
        className="w-[min(50rem,calc(100vw-2rem))]"
      >
        {isOpen ? <Seen imageId={imageId} incrementId={incrementId} /> : null}
      </Dialog>
    </>
  );
}

function Seen({ imageId, incrementId }: { imageId: number; incrementId: number }) {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.verification.lastBootCheck.queryOptions({ imageId, incrementId }));
  if (error !== null) return <p className="text-danger">{errorMessage(error)}</p>;
  if (data === undefined) return <Skeleton className="h-64 w-full" />;
  if (data === null) return <p>{t("This point was not started yet.")}</p>;
  return (
    <div className="space-y-3">
      <p className="flex flex-wrap items-center gap-2">
        <BootBadge verdict={data.verdict} />
        <Time at={data.at} />
        <Link className="text-primary underline" href={`/activity/${data.actionId}`}>
          {t("run {actionId}", { actionId: data.actionId })}
        </Link>
      </p>
      <p>{data.detail}</p>
      {drillText(data) === null ? null : (
        <p>
          {t("Measured:")} {drillText(data)}.
        </p>
      )}
      {data.hasScreenshot ? (
        // biome-ignore lint/performance/noImgElement: a private picture behind a sign-in, which no optimiser may fetch.
        <img
          src={`/api/boot-checks/${imageId}/${incrementId}?run=${data.actionId}`}
          alt={t("Screen of the machine at the end of the boot check")}
          className="w-full rounded-control border border-line bg-black"
        />
      ) : (
        <p className="text-muted">{t("No picture of the screen was kept.")}</p>
      )}
      {data.console === "" ? (
        <p className="text-muted">{t("Nothing came on the serial console.")}</p>
      ) : (
        <figure>
          <figcaption className="mb-1 text-muted">{t("End of the serial console")}</figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long console is scrolled by keyboard. */}
          <pre tabIndex={0} className="max-h-64 overflow-auto rounded-control bg-neutral-tint p-2 text-sm">
            {data.console}
          </pre>
        </figure>
      )}
    </div>
  );
}
