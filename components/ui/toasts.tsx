"use client";

import { useTheme } from "next-themes";
import { Toaster } from "sonner";

/** Where toasts appear. Call `toast` of sonner; a toast is never the only record of what happened. */
export function Toasts() {
  const { resolvedTheme } = useTheme();
  return (
    <Toaster
      theme={resolvedTheme?.endsWith("dark") === true ? "dark" : "light"}
      position="bottom-right"
      closeButton
      toastOptions={{
        style: { background: "var(--raised)", color: "var(--text)", borderColor: "var(--line)", fontFamily: "inherit" },
      }}
    />
  );
}
