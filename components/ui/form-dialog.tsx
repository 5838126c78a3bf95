"use client";

import type { ReactNode } from "react";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { Notice } from "./notice";

export interface FormDialogProps {
  title: ReactNode;
  description?: ReactNode;
  submitLabel: string;
  /** Why it cannot be sent now. */
  submitReason?: string | null;
  closeLabel?: string;
  isOpen?: boolean;
  isBusy: boolean;
  /** What the server answered; null: nothing went wrong. */
  error: unknown;
  onSubmit: () => unknown;
  onClose: () => void;
  /** Fields, each in a row of its own. */
  children: ReactNode;
}

/** A dialog that is a form: sent by its button or by Enter, what the server refuses below the fields. */
export function FormDialog({ closeLabel = t("Close"), isOpen = true, submitReason = null, ...props }: FormDialogProps) {
  const submit = () => {
    if (submitReason === null) void props.onSubmit();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={props.onClose}
      title={props.title}
      description={props.description}
      footer={
        <>
          <Button onClick={props.onClose}>{closeLabel}</Button>
          <Button variant="primary" isBusy={props.isBusy} disabledReason={submitReason} onClick={submit}>
            {props.submitLabel}
          </Button>
        </>
      }
    >
      <form
        noValidate
        method="post"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {props.children}
        {props.error === null ? null : (
          <Notice tone="danger" isAlert>
            {errorMessage(props.error)}
          </Notice>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
