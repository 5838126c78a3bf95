"use client";

import { useState } from "react";
import { t } from "../i18n/t";
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
type Length = (typeof LENGTHS)[number]["value"];

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
}) {
  const [length, setLength] = useState<Length>("480");
  return (
    <Dialog
      isOpen={props.isOpen}
      onOpenChange={props.onOpenChange}
      title={props.title}
      description={props.description}
      footer={
        <>
          <Button onClick={() => props.onOpenChange(false)}>{t("Close")}</Button>
          <Button
            variant="primary"
            isBusy={props.isBusy}
            onClick={() => props.onPause(pauseUntil(length === "none" ? null : Number(length), Date.now()))}
          >
            {props.confirmLabel}
          </Button>
        </>
      }
    >
      <RadioCards legend={t("For how long")} value={length} onValueChange={setLength} options={LENGTHS} />
      {props.error === null ? null : (
        <Notice tone="danger" className="mt-3" isAlert>
          {props.error}
        </Notice>
      )}
    </Dialog>
  );
}
