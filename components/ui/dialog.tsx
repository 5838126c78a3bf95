"use client";

import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "../i18n/t";
import { cn } from "../lib/cn";
import { buttonStyles } from "./button";

export const backdropStyles = "fixed inset-0 z-50 bg-black/40";
export const popupStyles =
  "fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[min(36rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 flex-col rounded-card border border-line bg-raised text-text shadow-raised";

export interface DialogProps {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children: ReactNode;
  /** Buttons at the bottom, main one last. */
  footer?: ReactNode;
  className?: string;
}

/** A modal dialog: focus is kept inside and goes back to what opened it; Escape closes. */
export function Dialog(props: DialogProps) {
  return (
    <Base.Root open={props.isOpen} onOpenChange={(isOpen) => props.onOpenChange(isOpen)}>
      <Base.Portal>
        <Base.Backdrop className={backdropStyles} />
        <Base.Popup className={cn(popupStyles, props.className)}>
          <div className="flex items-start gap-3 border-b border-line p-4">
            <div className="min-w-0 grow">
              <Base.Title className="text-md font-semibold">{props.title}</Base.Title>
              {props.description === undefined ? null : (
                <Base.Description className="mt-1 text-muted">{props.description}</Base.Description>
              )}
            </div>
            <Base.Close aria-label={t("Close")} className={buttonStyles({ variant: "ghost", size: "icon-sm" })}>
              <X aria-hidden />
            </Base.Close>
          </div>
          <div className="min-h-0 grow overflow-y-auto p-4">{props.children}</div>
          {props.footer === undefined ? null : (
            <div className="flex flex-wrap justify-end gap-2 border-t border-line p-4">{props.footer}</div>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
