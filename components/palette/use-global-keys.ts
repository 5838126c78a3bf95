"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { tinykeys } from "tinykeys";
import { useStored } from "../hooks/use-stored";
import { GO_KEYS } from "./keys";

const ON_OFF = ["on", "off"] as const;

/** Whether keys without Ctrl work: they can be in the way of dictation and screen readers (WCAG 2.1.4). */
export function useSingleKeys(): [boolean, (isOn: boolean) => void] {
  const [value, setValue] = useStored("strata.keys", ON_OFF, "on");
  return [value === "on", (isOn) => setValue(isOn ? "on" : "off")];
}

/** Keys that work on every page, outside of fields and dialogs. */
export function useGlobalKeys({ onPalette, onKeys }: { onPalette: () => void; onKeys: () => void }): void {
  const router = useRouter();
  const [hasSingleKeys] = useSingleKeys();
  useEffect(() => {
    const single = (act: () => void) => (event: KeyboardEvent) => {
      if (isTaken(event)) return;
      event.preventDefault();
      act();
    };
    return tinykeys(window, {
      "$mod+KeyK": (event) => {
        event.preventDefault();
        onPalette();
      },
      ...(hasSingleKeys
        ? {
            "Shift+?": single(onKeys),
            "?": single(onKeys),
            "/": single(focusSearch),
            ...Object.fromEntries(GO_KEYS.map(({ key, href }) => [`g ${key}`, single(() => router.push(href))])),
          }
        : {}),
    });
  }, [router, hasSingleKeys, onPalette, onKeys]);
}

/** Typing in a field, or anything in an open dialog, is not for the page. */
function isTaken(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest("input, textarea, select, [role='dialog'], [role='alertdialog'], [role='menu']") !== null
  );
}

function focusSearch(): void {
  document.querySelector<HTMLInputElement>("main input[type='search']")?.focus();
}
