"use client";

import { useState } from "react";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { formatDateTime } from "../lib/format";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { RadioCards } from "../ui/radio-cards";
import { pauseUntil } from "./job-reasons";

const LENGTHS = [
  {
    value: "60",
    get label() {
      return t("One hour");
    },
  },
  {
    value: "480",
    get label() {
      return t("Eight hours");
    },
  },
  {
    value: "1440",
    get label() {
      return t("One day");
    },
  },
  {
    value: "10080",
    get label() {
      return t("One week");
    },
  },
  {
    value: "none",
    get label() {
      return t("Until somebody resumes it");
    },
  },
] as const;
type Length = (typeof LENGTHS)[number]["value"] | "until";

/** For how long something is paused; `onPause` gets the end in epoch ms. */
export function PauseDialog(props: {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  description: string;
  confirmLabel: string;
  onPause: (until: number) => void;
  isBusy: boolean;
  error: string | null;
  /** An end that was named already, epoch ms. */
  until?: number | null;
}) {
  const { zone } = useZone();
  const named = props.until ?? null;
  const [length, setLength] = useState<Length>(named === null ? "480" : "until");
  const endOf = (now: number) =>
    length === "until" && named !== null ? named : pauseUntil(length === "none" ? null : Number(length), now);
  return (
    <Dialog
      isOpen={props.isOpen}
      onOpenChange={props.onOpenChange}
      title={props.title}
      description={props.description}
      footer={
        <>
          <Button onClick={() => props.onOpenChange(false)}>{t("Close")}</Button>
          <Button variant="primary" isBusy={props.isBusy} onClick={() => props.onPause(endOf(Date.now()))}>
            {props.confirmLabel}
          </Button>
        </>
      }
    >
      <RadioCards
        legend={t("For how long")}
        value={length}
        onValueChange={setLength}
        options={[
          ...(named === null
            ? []
            : [{ value: "until" as const, label: t("Until {at}", { at: formatDateTime(named, zone) }) }]),
          ...LENGTHS,
        ]}
      />
      {props.error === null ? null : (
        <Notice tone="danger" className="mt-3" isAlert>
          {props.error}
        </Notice>
      )}
    </Dialog>
  );
}
