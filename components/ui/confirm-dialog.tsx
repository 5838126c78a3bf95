"use client";

import { AlertDialog } from "@base-ui/react/alert-dialog";
import { TriangleAlert } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { rich, t } from "../i18n/t";
import { cn } from "../lib/cn";
import { Button, buttonStyles } from "./button";
import { backdropStyles, popupStyles } from "./dialog";
import { Input } from "./input";

export interface ConfirmDialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** Names the object: "Delete datastore RBackups?". */
  title: ReactNode;
  /** What will happen, what is left behind, what cannot be undone; one line each. */
  consequences: readonly ReactNode[];
  /** The verb on the button: "Delete datastore". */
  confirmLabel: string;
  cancelLabel?: string;
  onConfirm: () => void;
  isBusy?: boolean;
  /** Why the last attempt failed. */
  error?: string | null;
  /** Not destructive: blue button instead of red. */
  isSafe?: boolean;
  /** The name that must be typed before the button works. */
  typedName?: string;
  /** Why it cannot be done at all. */
  disabledReason?: string | null;
  children?: ReactNode;
}

/** The plan of a risky action: names the object and lists the consequences. Focus goes back to what opened it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  const nameReason =
    props.typedName !== undefined && typed !== props.typedName
      ? t("Type {typedName} to go on.", { typedName: props.typedName })
      : null;
  return (
    <AlertDialog.Root
      open={props.isOpen}
      onOpenChange={(isOpen) => {
        setTyped("");
        props.onOpenChange(isOpen);
      }}
    >
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdropStyles} />
        <AlertDialog.Popup className={cn(popupStyles, "overflow-y-auto p-4")}>
          <AlertDialog.Title className="flex items-start gap-2 text-md font-semibold wrap-anywhere">
            {props.isSafe === true ? null : (
              <TriangleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-danger" />
            )}
            {props.title}
          </AlertDialog.Title>
          <AlertDialog.Description render={<ul />} className="mt-3 list-disc space-y-1.5 ps-5">
            {props.consequences.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change places.
              <li key={index}>{line}</li>
            ))}
          </AlertDialog.Description>
          {props.children}
          {props.typedName === undefined ? null : (
            <TypedName name={props.typedName} value={typed} onChange={setTyped} />
          )}
          {props.error === null || props.error === undefined ? null : (
            <p role="alert" className="mt-3 rounded-control bg-danger-tint p-2 text-danger">
              {props.error}
            </p>
          )}
          <div className="mt-4 flex flex-wrap justify-end gap-2">
            <AlertDialog.Close className={buttonStyles({ variant: "secondary" })}>
              {props.cancelLabel ?? t("Keep it")}
            </AlertDialog.Close>
            <Button
              variant={props.isSafe === true ? "primary" : "danger"}
              isBusy={props.isBusy ?? false}
              disabledReason={props.disabledReason ?? nameReason}
              onClick={props.onConfirm}
            >
              {props.confirmLabel}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

function TypedName({ name, value, onChange }: { name: string; value: string; onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="mt-4">
      <label htmlFor={id}>
        {rich("Type {name} to confirm", { name: <strong className="font-mono">{name}</strong> })}
      </label>
      <Input
        id={id}
        value={value}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        className="mt-1"
      />
    </div>
  );
}
