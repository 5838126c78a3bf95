"use client";

import { useState } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { RadioCards } from "../ui/radio-cards";
import { pauseUntil } from "./job-reasons";

const LENGTHS = [
  { value: "60", label: "One hour" },
  { value: "480", label: "Eight hours" },
  { value: "1440", label: "One day" },
  { value: "10080", label: "One week" },
  { value: "none", label: "Until somebody resumes it" },
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
          <Button onClick={() => props.onOpenChange(false)}>Close</Button>
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
      <RadioCards legend="For how long" value={length} onValueChange={setLength} options={LENGTHS} />
      {props.error === null ? null : (
        <Notice tone="danger" className="mt-3" isAlert>
          {props.error}
        </Notice>
      )}
    </Dialog>
  );
}
